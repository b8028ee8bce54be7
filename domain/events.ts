// The events of the outbox, named `<entity>.<verb in the past>`, as CloudEvents 1.0 types.

export const EVENT_TYPES = [
  'user.registered',
  'upload.received',
  'annotation.submitted',
  'annotation.started',
  'annotation.completed',
  'annotation.failed',
  'annotation.cancelled',
  'result.archived',
  'result.restored',
  'result.restore_failed',
  'result.missing',
  'result.erased',
  'user.upgraded',
  'user.downgraded',
  'subscription.changed',
  'subscription.undone',
  'reference.installed',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];
