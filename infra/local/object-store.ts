// What the local store must hold: two buckets that browsers may upload to, a topic for their events, its subscription.
import {
  BucketLocationConstraint,
  CreateBucketCommand,
  HeadBucketCommand,
  PutBucketCorsCommand,
  PutBucketNotificationConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Event } from '@aws-sdk/client-s3';
import {
  CreateTopicCommand,
  ListSubscriptionsByTopicCommand,
  SNSClient,
  SetTopicAttributesCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import type { MinistackAddresses } from './services/ministack.ts';

export interface StoreLayout {
  inputsBucket: string;
  resultsBucket: string;
  topicArn: string;
}

const clientOptions = ({ endpoint, region, accessKeyId, secretAccessKey }: MinistackAddresses) => ({
  endpoint,
  region,
  credentials: { accessKeyId, secretAccessKey },
});

/** Makes buckets, CORS rules, topic and event notifications; what is there is brought to the same state. */
export async function layOutStore(
  at: MinistackAddresses,
  names: { inputsBucket: string; resultsBucket: string; topic: string },
): Promise<StoreLayout> {
  const s3 = new S3Client({ ...clientOptions(at), forcePathStyle: true });
  const sns = new SNSClient(clientOptions(at));
  try {
    for (const bucket of [names.inputsBucket, names.resultsBucket]) await ensureBucket(s3, bucket, at.region);
    const { TopicArn: topicArn } = await sns.send(new CreateTopicCommand({ Name: names.topic }));
    if (!topicArn) throw new Error(`the store made no topic ${names.topic}`);
    const buckets = [names.inputsBucket, names.resultsBucket].map((bucket) => `arn:aws:s3:::${bucket}`);
    await sns.send(
      new SetTopicAttributesCommand({
        TopicArn: topicArn,
        AttributeName: 'Policy',
        AttributeValue: JSON.stringify(publishPolicy(topicArn, buckets)),
      }),
    );
    await notify(s3, names.inputsBucket, topicArn, ['s3:ObjectCreated:*']);
    await notify(s3, names.resultsBucket, topicArn, ['s3:ObjectRestore:Completed']);
    return { inputsBucket: names.inputsBucket, resultsBucket: names.resultsBucket, topicArn };
  } finally {
    s3.destroy();
    sns.destroy();
  }
}

/**
 * Has the topic's messages posted to `endpoint`, which confirms by itself. Older subscriptions are dropped: after a
 * restart the store keeps them but delivers nothing, and another run's port may be someone else's by now.
 */
export async function subscribeWebhook(at: MinistackAddresses, topicArn: string, endpoint: string): Promise<void> {
  const sns = new SNSClient(clientOptions(at));
  try {
    const { Subscriptions: old = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topicArn }));
    for (const { SubscriptionArn: arn } of old) {
      if (arn?.startsWith('arn:')) await sns.send(new UnsubscribeCommand({ SubscriptionArn: arn }));
    }
    await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'http', Endpoint: endpoint }));
  } finally {
    sns.destroy();
  }
}

async function ensureBucket(s3: S3Client, bucket: string, region: string): Promise<void> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
  } catch {
    const location = Object.values(BucketLocationConstraint).find((known) => known === region);
    await s3.send(
      new CreateBucketCommand({
        Bucket: bucket,
        ...(location ? { CreateBucketConfiguration: { LocationConstraint: location } } : {}),
      }),
    );
  }
  await s3.send(
    new PutBucketCorsCommand({
      Bucket: bucket,
      CORSConfiguration: {
        CORSRules: [
          {
            AllowedOrigins: ['*'],
            AllowedMethods: ['GET', 'HEAD', 'POST', 'PUT'],
            AllowedHeaders: ['*'],
            ExposeHeaders: ['ETag', 'x-amz-checksum-crc64nvme', 'x-amz-version-id'],
            MaxAgeSeconds: 3600,
          },
        ],
      },
    }),
  );
}

async function notify(s3: S3Client, bucket: string, topicArn: string, events: Event[]): Promise<void> {
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: bucket,
      NotificationConfiguration: { TopicConfigurations: [{ TopicArn: topicArn, Events: events }] },
    }),
  );
}

const publishPolicy = (topicArn: string, bucketArns: string[]) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 's3.amazonaws.com' },
      Action: 'SNS:Publish',
      Resource: topicArn,
      Condition: { ArnLike: { 'aws:SourceArn': bucketArns } },
    },
  ],
});
