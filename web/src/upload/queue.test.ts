// The queue of uploads: order, cancelling, retrying. The sending itself is left to the browser tests.

import { expect, test, vi } from 'vitest';
import { createUploadQueue, type UploadItem } from './queue.ts';
import { SendError, type Sent, type SendRequest } from './send.ts';

const allowance = { plan: 'free', limitBytes: 1000 } as const;
const file = (name: string, sizeBytes = 10) => new File(['x'.repeat(sizeBytes)], name);
const kinds = (items: readonly UploadItem[]) => items.map((item) => item.state.kind);

/** A queue whose uploads end when the test says so; requests are kept in the order in which they began. */
function heldQueue() {
  const requests: (SendRequest & { finish: (sent: Sent) => void; fail: (reason: unknown) => void })[] = [];
  const queue = createUploadQueue(
    (request) =>
      new Promise<Sent>((resolve, reject) => {
        request.signal.addEventListener('abort', () => reject(request.signal.reason));
        requests.push({ ...request, finish: resolve, fail: reject });
      }),
  );
  return { queue, requests };
}

test('files go one after another, and each tells its job', async () => {
  const { queue, requests } = heldQueue();
  queue.add([file('a.vcf'), file('b.vcf')], 'demo', allowance);
  expect(kinds(queue.getSnapshot())).toEqual(['sending', 'waiting']);
  requests[0]?.onSent(7);
  expect(queue.getSnapshot()[0]?.state).toEqual({ kind: 'sending', sentBytes: 7 });
  requests[0]?.finish({ jobId: 'job-a' });
  await vi.waitFor(() => expect(kinds(queue.getSnapshot())).toEqual(['arrived', 'sending']));
  expect(queue.getSnapshot()[0]?.state).toEqual({ kind: 'arrived', jobId: 'job-a' });
  expect(requests.map((request) => request.file.name)).toEqual(['a.vcf', 'b.vcf']);
});

test('a file over the limit is refused at once and does not hold up the next', () => {
  const { queue, requests } = heldQueue();
  queue.add([file('large.vcf', 1001), file('b.vcf')], 'demo', allowance);
  expect(queue.getSnapshot()[0]?.state).toMatchObject({ kind: 'failed', mayRetry: false });
  expect(requests.map((request) => request.file.name)).toEqual(['b.vcf']);
});

test('cancelling stops the running upload and starts the next', async () => {
  const { queue, requests } = heldQueue();
  queue.add([file('a.vcf'), file('b.vcf')], 'demo', allowance);
  queue.cancel(queue.getSnapshot()[0]?.id ?? -1);
  await vi.waitFor(() => expect(kinds(queue.getSnapshot())).toEqual(['cancelled', 'sending']));
  expect(requests[0]?.signal.aborted).toBe(true);
});

test('a waiting file is cancelled without being sent', async () => {
  const { queue, requests } = heldQueue();
  queue.add([file('a.vcf'), file('b.vcf')], 'demo', allowance);
  queue.cancel(queue.getSnapshot()[1]?.id ?? -1);
  requests[0]?.finish({ jobId: null });
  await vi.waitFor(() => expect(kinds(queue.getSnapshot())).toEqual(['arrived', 'cancelled']));
  expect(requests).toHaveLength(1);
});

test('a failed upload shows its problem and can be tried again', async () => {
  const { queue, requests } = heldQueue();
  const problem = { title: 'The store is busy', message: 'It did not take the file.', details: [] };
  queue.add([file('a.vcf')], 'demo', allowance);
  requests[0]?.fail(new SendError(problem));
  await vi.waitFor(() => expect(queue.getSnapshot()[0]?.state).toEqual({ kind: 'failed', problem, mayRetry: true }));
  queue.retry(queue.getSnapshot()[0]?.id ?? -1);
  requests[1]?.finish({ jobId: 'job-a' });
  await vi.waitFor(() => expect(kinds(queue.getSnapshot())).toEqual(['arrived']));
});

test('clearing keeps what is under way, and listeners hear of it', () => {
  const { queue } = heldQueue();
  const heard = vi.fn<() => void>();
  queue.subscribe(heard);
  queue.add([file('a.vcf'), file('large.vcf', 1001)], 'demo', allowance);
  heard.mockClear();
  queue.clearEnded();
  expect(queue.getSnapshot().map((item) => item.file.name)).toEqual(['a.vcf']);
  expect(heard).toHaveBeenCalledOnce();
});
