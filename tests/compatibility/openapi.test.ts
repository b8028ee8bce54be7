// The API of today breaks no client of any release: compared with the OpenAPI document that each release served.
// `npm run openapi:record` records the one of the version in package.json.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { breaksOf, type ApiDocument } from './breaking.ts';
import { compacted } from './compacted.ts';
import { OPEN_PLACES } from './open-places.ts';
import { isRecording, recordRelease, recordedReleases } from './release.ts';

let gateway: TestGateway;
let today: ApiDocument;
beforeAll(async () => {
  gateway = await startTestGateway();
  const { body } = await gateway.anyone('GET', '/openapi.json');
  // What is served is an OpenAPI document: api/openapi.test.ts.
  today = body as unknown as ApiDocument;
  if (isRecording) recordRelease('openapi', '.json', `${JSON.stringify(compacted(today), null, 1)}\n`);
});
afterAll(() => gateway.close());

const recorded = () =>
  recordedReleases('openapi', '.json').map(({ release, text }) => ({
    release,
    // Written by the above.
    document: JSON.parse(text) as ApiDocument,
  }));

it('no client of any release breaks', () => {
  expect(recorded()).not.toEqual([]);
  const breaks = recorded().map(({ release, document }) => [release, breaksOf(document, today, OPEN_PLACES)]);
  expect(breaks).toEqual(recorded().map(({ release }) => [release, []]));
});

it('a change of the document that is served would be caught', () => {
  const changed = structuredClone(today);
  delete changed.paths['/annotations/{job_id}'];
  const [first] = recorded();
  expect(breaksOf(first?.document ?? changed, changed, OPEN_PLACES)).toContain('GET /annotations/{job_id}: is gone');
});
