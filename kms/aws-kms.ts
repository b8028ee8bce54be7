// AWS KMS: the key never leaves it. The context is its encryption context, which CloudTrail records with every use.

import { DecryptCommand, EncryptCommand, KMSClient, KMSServiceException } from '@aws-sdk/client-kms';
import { AT_EACH_ATTEMPT, spanOfAttempt } from '../process/aws-spans.ts';
import { KeyRefused, type KeyService } from './key-service.ts';

export interface AwsKmsOptions {
  region: string;
  /** Id, ARN or alias (`alias/NAME`) of a symmetric key. */
  keyId: string;
  /** Unset means AWS itself. */
  endpoint?: string | undefined;
  /** Unset: found as AWS programs find them. */
  credentials?: { accessKeyId: string; secretAccessKey: string } | undefined;
}

export function connectAwsKms({ region, keyId, endpoint, credentials }: AwsKmsOptions): KeyService {
  const client = new KMSClient({
    region,
    ...(endpoint ? { endpoint } : {}),
    ...(credentials ? { credentials } : {}),
    // A person waits for the answer.
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 2_000, socketTimeout: 5_000 },
  });
  client.middlewareStack.add(spanOfAttempt('KMS'), AT_EACH_ATTEMPT);
  return {
    keyId,

    async wrap(dataKey, context) {
      const answer = await refusals(
        client.send(new EncryptCommand({ KeyId: keyId, Plaintext: dataKey, EncryptionContext: { ...context } })),
      );
      if (!answer.CiphertextBlob || !answer.KeyId) throw new Error('KMS answered without a wrapped key');
      // The key's own name: an alias may mean another key tomorrow.
      return { keyId: answer.KeyId, wrapped: Buffer.from(answer.CiphertextBlob).toString('base64') };
    },

    async unwrap({ keyId: wrappingKeyId, wrapped }, context) {
      const { Plaintext: dataKey, KeyId: usedKeyId } = await refusals(
        client.send(
          new DecryptCommand({
            KeyId: wrappingKeyId,
            CiphertextBlob: Buffer.from(wrapped, 'base64'),
            EncryptionContext: { ...context },
          }),
        ),
      );
      if (!dataKey) throw new Error('KMS answered without a data key');
      // KMS compares them itself; what else speaks its API may take the key that the wrapped one names.
      if (usedKeyId !== wrappingKeyId) throw new KeyRefused('another key wrapped it');
      return Buffer.from(dataKey);
    },
  };
}

/** AWS KMS API Reference, errors of Encrypt and Decrypt that a retry does not change. */
const REFUSALS = new Set([
  'AccessDeniedException',
  'DisabledException',
  'IncorrectKeyException',
  'InvalidCiphertextException',
  'InvalidKeyUsageException',
  'KMSInvalidStateException',
  'NotFoundException',
  'ValidationException',
]);

async function refusals<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof KMSServiceException && REFUSALS.has(cause.name)) {
      throw new KeyRefused(`KMS refuses: ${cause.name}`, { cause });
    }
    throw cause;
  }
}
