// A bare receiver of signed events beside a stack.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export interface BareWebhook {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

export async function startBareWebhook(secret: string): Promise<BareWebhook> {
  const child = fork(fileURLToPath(new URL('./webhook-server.ts', import.meta.url)), {
    env: { ...process.env, BARE_WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const told: unknown[] = await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => {
      throw new Error(`the bare receiver ended with ${String(code)}`);
    }),
  ]);
  return {
    url: `http://127.0.0.1:${z.int().parse(told[0])}/`,
    pid: child.pid ?? 0,
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
