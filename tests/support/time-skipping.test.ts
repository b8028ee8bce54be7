// The time-skipping server, as the sagas' tests use it.
import { expect, test } from 'vitest';
import { startTimeSkipping } from './services.ts';

test('a day passes in no time, on the server’s clock', async () => {
  const environment = await startTimeSkipping();
  try {
    const before = await environment.currentTimeMs();
    await environment.sleep('1 day');
    expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(24 * 3600 * 1000);
  } finally {
    await environment.teardown();
  }
});
