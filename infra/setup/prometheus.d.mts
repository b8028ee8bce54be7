/** The path of the program; undefined where it is not installed. */
export function findPrometheusTool(program: 'prometheus' | 'promtool' | 'amtool'): string | undefined;
