// The look of a button that begins something which destroys or ends: apart from those beside it, before the second question.

export const DANGEROUS = { variant: 'default', c: 'var(--mantine-color-error)' } as const;
