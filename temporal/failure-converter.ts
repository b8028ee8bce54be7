// Failure messages and stack traces are encrypted like every other payload. Loaded by path, into workflows too.

import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
