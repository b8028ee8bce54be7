// Stacks that a test starts run the workflows as `bundle-setup.ts` has bundled them, instead of bundling them anew each.

import { inject } from 'vitest';
import type {} from './workflow-bundle.ts';

process.env['WORKFLOW_BUNDLE'] = inject('workflowBundle');
