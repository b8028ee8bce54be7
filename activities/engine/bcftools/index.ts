// The bcftools engine's front door.

export { createBcftoolsEngine, type BcftoolsOptions } from './engine.ts';
