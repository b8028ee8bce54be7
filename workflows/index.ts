// Everything that the workflow bundle contains.

export { annotateThenArchive } from './annotate-then-archive/workflow.ts';
export { cleanUp } from './clean-up/workflow.ts';
export { eraseData } from './erase-data/workflow.ts';
export { tendJobs } from './tend-jobs/workflow.ts';
