// A result on its way into the archive and back, as its owner and the store's own GET see it.

import { MockActivityEnvironment } from '@temporalio/testing';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createStorageActivities } from '../../activities/storage/activities.ts';
import { beginRestore, finishRestore } from '../../db/restores.ts';
import { beginArchive, finishArchive } from '../../db/results.ts';
import { users } from '../../db/schema/index.ts';
import type { Plan } from '../../domain/plans.ts';
import { system } from '../../domain/principal.ts';
import { startTestGateway, type TestGateway, type TestUser } from '../../tests/support/gateway.ts';
import { addReference, completed } from '../../tests/support/gateway-steps.ts';
import { holdRetrieval, releaseRetrieval } from '../../tests/support/held-retrievals.ts';

const asSystem = system('test');
let gateway: TestGateway;
let user: TestUser;
beforeAll(async () => {
  gateway = await startTestGateway();
  await addReference(gateway, 'demo');
  user = await gateway.user();
});
afterAll(() => gateway.close());

it('is refused while it is archived, and comes back under a key of its own', async () => {
  const { database, dependencies, settings } = gateway;
  const storage = createStorageActivities({
    store: dependencies.store,
    database,
    principal: () => asSystem,
    archive: { storageClass: 'GLACIER', tier: 'Standard', pollSeconds: 300 },
  });
  const worker = new MockActivityEnvironment();
  const setPlan = (plan: Plan) =>
    database.write(asSystem, (tx) => tx.update(users).set({ plan }).where(eq(users.userId, user.user.userId)));
  await setPlan('free');
  const id = await completed(gateway, user.token, 0);
  const linkTo = (kind: string) =>
    user.token('GET', `/annotations/${id}/${kind}`, { headers: { Accept: 'application/json' } });
  const contentOf = async (kind: string) => (await fetch(String((await linkTo(kind)).body['url']))).text();
  const oldLink = String((await linkTo('result')).body['url']);
  expect(await (await fetch(oldLink)).text()).toBe('annotated');

  const begun = await beginArchive(database, asSystem, id, 1);
  if (begun.decision !== 'archive') throw new Error(begun.decision);
  await worker.run(storage['storage.result.archive'], begun.move);
  await storage['storage.object.remove']({ key: begun.move.liveKey });
  await finishArchive(database, asSystem, id, begun.move);
  expect(await linkTo('result')).toMatchObject({ status: 403, error: { type: 'result_archived' } });
  expect((await fetch(oldLink)).status).toBe(404);
  const archived = { bucket: 'results', key: begun.move.archiveKey } as const;
  const names = { fileName: 'a', contentType: 'text/plain', expirySeconds: 60 };
  const archivedLink = await dependencies.presigner.getLink(archived, names);
  const refused = await fetch(archivedLink);
  expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('InvalidObjectState')]);

  await setPlan('premium');
  const back = await beginRestore(database, asSystem, id);
  if (back.decision !== 'restore') throw new Error(back.decision);
  const { move } = back;
  const held = [settings.S3_RESULTS_BUCKET, move.archiveKey] as const;
  await holdRetrieval(...held);
  await worker.run(storage['storage.result.retrieve'], move);
  expect((await fetch(archivedLink)).status).toBe(403);
  expect(await linkTo('result')).toMatchObject({ status: 409, error: { type: 'result_restoring' } });
  await releaseRetrieval(...held);
  const checked = () => worker.run(storage['storage.result.checkRetrieval'], move);
  await expect.poll(checked).toEqual({ state: 'available' });
  expect(await (await fetch(archivedLink)).text()).toBe('annotated');
  expect(await worker.run(storage['storage.result.restore'], move)).toBe('restored');
  await storage['storage.object.remove']({ key: move.archiveKey });
  expect(await finishRestore(database, asSystem, id, move)).toBe(true);

  expect(new URL(String((await linkTo('result')).body['url'])).pathname).toContain(move.liveKey);
  expect(await contentOf('result')).toBe('annotated');
  expect(await contentOf('index')).toBe('index');
  expect(await contentOf('log')).toContain('3 records in');
  expect((await fetch(oldLink)).status).toBe(404);
});
