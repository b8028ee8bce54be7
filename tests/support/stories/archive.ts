// The archive as the installation knows it: it brings a copy when it was asked to, and says so by a notice. The local stack's
// topic sends its notices nowhere before its own gateway is there: here they are sent when a story says so.

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { connectStore, storeSettings } from '../../../store/client.ts';
import { createObjectStore } from '../../../store/s3.ts';
import { settingsOf } from '../installation.ts';
import type { RunningStack } from '../program.ts';
import { awaited } from './story.ts';

/** Waits until the archived copies of these results can be read, and tells the gateway. */
export async function announceRetrieved({ stack, home }: RunningStack, jobs: readonly string[]): Promise<void> {
  const settings = settingsOf(home);
  const s3 = connectStore(z.object(storeSettings).parse(settings));
  try {
    const store = createObjectStore(s3);
    for (const job of jobs) {
      const [copy] = await Array.fromAsync(store.list('results', `archive/${job}/`));
      if (!copy) throw new Error(`there is no archived copy of the result of ${job}`);
      const { key } = copy;
      await awaited(
        `the archive to bring ${key}`,
        () => store.head({ bucket: 'results', key }),
        (facts) => facts?.retrieval === 'available',
      );
      await send(stack.api, settings['STORAGE_TOPIC_ARN'], { bucket: s3.bucketNames.results, key });
    }
  } finally {
    s3.client.destroy();
  }
}

/** As Amazon SNS sends it, apart from the signature: a local stack accepts that there is none. */
async function send(api: string, topic: string | undefined, { bucket, key }: { bucket: string; key: string }) {
  const event = { eventName: 'ObjectRestore:Completed', s3: { bucket: { name: bucket }, object: { key } } };
  const notice = {
    Type: 'Notification',
    MessageId: randomUUID(),
    TopicArn: topic,
    Message: JSON.stringify({ Records: [event] }),
    Timestamp: new Date().toISOString(),
  };
  const path = '/webhooks/storage';
  const headers = { 'Content-Type': 'text/plain; charset=UTF-8' };
  const answer = await fetch(api + path, { method: 'POST', headers, body: JSON.stringify(notice) });
  if (answer.status !== 200) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
}
