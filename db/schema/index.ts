export * from './annotation.ts';
export * from './billing.ts';
export * from './identity.ts';
export * from './partners.ts';
export * from './patients.ts';
export * from './rate-limits.ts';
export * from './records.ts';
export * from './review.ts';
