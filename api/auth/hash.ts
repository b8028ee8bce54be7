// What is kept of a secret that was handed out: it is random, so that no salt is needed.

import { createHash } from 'node:crypto';

export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
