export * from './annotation.ts';
export * from './billing.ts';
export * from './identity.ts';
export * from './records.ts';
