// Makes buckets, topic and subscription in the store of docker-compose.yml, from the settings of the environment.
import { z } from 'zod';
import { layOutStore, subscribeWebhook } from '../local/object-store.ts';

const settings = z
  .object({
    S3_ENDPOINT: z.url(),
    AWS_REGION: z.string(),
    AWS_ACCESS_KEY_ID: z.string(),
    AWS_SECRET_ACCESS_KEY: z.string(),
    S3_INPUTS_BUCKET: z.string(),
    S3_RESULTS_BUCKET: z.string(),
    WEBHOOK_URL: z.url(),
  })
  .parse(process.env);

const store = {
  endpoint: settings.S3_ENDPOINT,
  region: settings.AWS_REGION,
  accessKeyId: settings.AWS_ACCESS_KEY_ID,
  secretAccessKey: settings.AWS_SECRET_ACCESS_KEY,
};
const { topicArn } = await layOutStore(store, {
  inputsBucket: settings.S3_INPUTS_BUCKET,
  resultsBucket: settings.S3_RESULTS_BUCKET,
  topic: 'varloom-storage',
});
await subscribeWebhook(store, topicArn, settings.WEBHOOK_URL);
console.log(`${topicArn} posts to ${settings.WEBHOOK_URL}`);
