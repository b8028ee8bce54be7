// Task queues follow resources: what a worker of that queue needs to have.

export const TASK_QUEUES = {
  /** Workflow tasks, and the short database steps that run as local activities. */
  orchestration: 'orchestration',
  /** S3, mail and payments: waiting for others. */
  io: 'io',
  /** The annotation engine: CPU, as many slots as cores. */
  engine: 'engine',
} as const;

export type TaskQueue = (typeof TASK_QUEUES)[keyof typeof TASK_QUEUES];
