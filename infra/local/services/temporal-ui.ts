// The Temporal UI of the local stack, at an address that stays the same (`temporal-ui.ts` says what it adds).
import { join } from 'node:path';
import { projectDirectory } from '../home.ts';
import { answers } from './embedded.ts';
import type { EmbeddedService } from './embedded.ts';

export function embedTemporalUi({ upstream, port }: { upstream: string; port: number }): EmbeddedService<string> {
  const address = `http://127.0.0.1:${port}`;
  return {
    plan: {
      name: 'temporal-ui',
      command: process.execPath,
      args: [join(projectDirectory, 'infra', 'local', 'temporal-ui.ts')],
      env: { TEMPORAL_UI_UPSTREAM: upstream, TEMPORAL_UI_PORT: String(port) },
      isReady: () => answers(`${address}/api/v1/settings`),
      readyWithinSeconds: 60,
      stopSignal: 'SIGTERM',
      stopWithinSeconds: 5,
    },
    addresses: address,
  };
}
