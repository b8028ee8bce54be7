// Files of one kind run one after another in the same process: none inherits the tracing that another one began.

import { context, propagation, trace } from '@opentelemetry/api';

trace.disable();
context.disable();
propagation.disable();
