// The store says that an archived result can be read: the saga that restores it is told, and nobody else.

import { randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { jobId, workflowIds, type JobId } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { subscribeWebhook } from '../../infra/local/object-store.ts';
import { reservePort } from '../../infra/local/ports.ts';
import { principalFromHeaders } from '../../temporal/principal-header.ts';
import { startTestGateway, type TestGateway } from '../../tests/support/gateway.ts';
import { RESTORE_RESULT } from '../../workflows/restore-result/messages.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ port: await reservePort() });
});
const started: JobId[] = [];
afterAll(async () => {
  for (const id of started) await gateway.temporal.workflow.getHandle(workflowIds.restore(id)).terminate();
  await gateway.close();
});

/** A saga that nobody serves: what it is told stands in its history. */
const restoring = async (): Promise<JobId> => {
  const id = jobId(randomUUID());
  const at = { workflowId: workflowIds.restore(id), taskQueue: TASK_QUEUES.orchestration };
  await gateway.temporal.workflow.start(RESTORE_RESULT, { ...at, args: [{ jobId: id }] });
  started.push(id);
  return id;
};
const toldTo = async (id: JobId) => {
  const { events } = await gateway.temporal.workflow.getHandle(workflowIds.restore(id)).fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => (signal ? [signal] : []));
};
const notice = (key: string, { event = 'ObjectRestore:Completed', bucket = gateway.settings.S3_RESULTS_BUCKET } = {}) =>
  gateway.anyone('POST', '/webhooks/storage', {
    headers: { 'Content-Type': 'text/plain; charset=UTF-8' },
    body: {
      Type: 'Notification',
      MessageId: randomUUID(),
      TopicArn: gateway.settings.STORAGE_TOPIC_ARN,
      Timestamp: new Date().toISOString(),
      Message: JSON.stringify({ Records: [{ eventName: event, s3: { bucket: { name: bucket }, object: { key } } }] }),
    },
  });

describe('a notice that a retrieval is complete', () => {
  it('is passed to the saga that waits for it, in the name of the system', async () => {
    const id = await restoring();
    expect((await notice(`archive/${id}/2`)).status).toBe(200);
    expect((await notice(`archive/${id}/4`, { event: 's3:ObjectRestore:Completed' })).status).toBe(200);
    const signals = await toldTo(id);
    expect(signals.map(({ signalName }) => signalName)).toEqual(['retrieved', 'retrieved']);
    const headers = signals[0]?.header?.fields ?? {};
    expect(principalFromHeaders(headers)).toEqual({ kind: 'system', name: 'storage-notice' });
  });

  it('is no error when nobody waits for it', async () => {
    const id = jobId(randomUUID());
    expect((await notice(`archive/${id}/2`)).status).toBe(200);
    const handle = gateway.temporal.workflow.getHandle(workflowIds.restore(id));
    await expect(handle.describe()).rejects.toBeInstanceOf(WorkflowNotFoundError);
  });

  it('says nothing when it is of another bucket, another kind, or of no archived result', async () => {
    const id = await restoring();
    const answers = [
      await notice(`archive/${id}/2`, { bucket: gateway.settings.S3_INPUTS_BUCKET }),
      await notice(`archive/${id}/2`, { bucket: 'another-bucket' }),
      await notice(`archive/${id}/2`, { event: 'ObjectRestore:Post' }),
      await notice(`archive/${id}/2`, { event: 'ObjectRestore:CompletedNot' }),
      await notice(`archive/${id}/2`, { event: 'ObjectCreated:Copy' }),
      await notice(`${id}/1/annotated.vcf.gz`),
      await notice(`archive/${id}/2/annotated.vcf.gz`),
      await notice(`archive/../${id}/2`),
      await notice('archive/not-a-job/2'),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await toldTo(id)).toEqual([]);
  });

  it('comes from the store itself, once the archive has answered', async () => {
    const topic = gateway.settings.STORAGE_TOPIC_ARN ?? '';
    await subscribeWebhook(inject('store'), topic, `${gateway.settings.PUBLIC_URL}/webhooks/storage`);
    const id = await restoring();
    const ref = { bucket: 'results', key: `archive/${id}/2` } as const;
    const put = { Bucket: gateway.s3.bucketNames.results, Key: ref.key, Body: 'annotated' };
    await gateway.s3.client.send(new PutObjectCommand({ ...put, StorageClass: 'GLACIER' }));
    await gateway.dependencies.store.retrieve(ref, { tier: 'Standard', days: 2 });
    await expect.poll(async () => (await toldTo(id)).length).toBe(1);
  });
});
