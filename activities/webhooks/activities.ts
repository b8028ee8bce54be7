// Messages to partners, as the saga sees it: one attempt, logged with what came of it.

import { outgoingMessage, recordAttempt, type Attempt, type Outgoing } from '../../db/webhook-sending.ts';
import type { Database } from '../../db/client.ts';
import type { MessageId } from '../../domain/ids.ts';
import { LONGEST_RETRY_AFTER_SECONDS, type WebhookState } from '../../domain/partners.ts';
import type { Principal } from '../../domain/principal.ts';
import { toFailure } from '../../temporal/failures.ts';
import type { WebhookAddresses } from '../../process/webhook-address.ts';
import type { WebhookSecrets } from '../../process/webhook-secrets.ts';
import { signedHeaders } from './signature.ts';
import { post, type PostAnswer } from './transport.ts';

export interface WebhookDependencies {
  database: Database;
  principal: () => Principal;
  secrets: WebhookSecrets;
  addresses: WebhookAddresses;
  /** Certificates that are trusted instead of the usual ones. */
  ca?: string | undefined;
  /** Default 15 seconds. */
  timeoutMs?: number;
  /** Told of each attempt that was made, by the state of the message after it. */
  onAttempt?: ((state: WebhookState) => void) | undefined;
}

/** The state of the message after the attempt; while it is `pending`, another follows. */
export interface SendResult {
  state: WebhookState;
  /** The receiver asked for this much patience. */
  retryAfterSeconds: number | null;
  /** Somebody waits for the outcome: it is tried once. */
  isTest: boolean;
  /** What operators find the saga by; missing in what old histories hold. */
  organizationId?: string;
}

export interface WebhookActivities {
  /** Sends a message that is pending. The same message may come twice: its id tells the receiver. */
  'webhooks.message.send'(input: { messageId: MessageId }): Promise<SendResult>;
}

const TIMEOUT_MS = 15_000;
const OUTCOME_LENGTH = 500;

export function createWebhookActivities(deps: WebhookDependencies): WebhookActivities {
  const { database, principal } = deps;
  return {
    'webhooks.message.send': async ({ messageId }) => {
      try {
        const outgoing = await outgoingMessage(database, principal(), messageId);
        const { organizationId } = outgoing;
        if (outgoing.state !== 'pending') {
          return { state: outgoing.state, retryAfterSeconds: null, isTest: false, organizationId };
        }
        const { attempt, retryAfterSeconds } = await send(deps, messageId, outgoing);
        const state = await recordAttempt(database, principal(), messageId, attempt);
        deps.onAttempt?.(state);
        return { state, retryAfterSeconds: retryAfterSeconds ?? null, isTest: outgoing.isTest, organizationId };
      } catch (error) {
        throw toFailure(error);
      }
    },
  };
}

async function send(
  { secrets, addresses, ca, timeoutMs = TIMEOUT_MS }: WebhookDependencies,
  messageId: MessageId,
  { endpointId, url, body, sealedSecrets }: Extract<Outgoing, { state: 'pending' }>,
): Promise<{ attempt: Attempt; retryAfterSeconds: number | undefined }> {
  const opened = sealedSecrets.map((sealed) => secrets.open(endpointId, sealed));
  const headers = {
    ...signedHeaders({ messageId, body, sentAt: new Date() }, opened),
    'content-type': 'application/json',
    'user-agent': 'Varloom-Webhooks/1',
  };
  const startedAt = performance.now();
  const answer = await post({ url, body, headers }, { addresses, timeoutMs, ca });
  const durationMs = Math.round(performance.now() - startedAt);
  return {
    attempt: { status: answer.status, outcome: outcomeOf(answer), durationMs, verdict: verdictOf(answer) },
    retryAfterSeconds: patienceOf(answer),
  };
}

function verdictOf({ status }: PostAnswer): Attempt['verdict'] {
  if (status === null) return 'failed';
  if (status >= 200 && status < 300) return 'delivered';
  return status === 410 ? 'gone' : 'failed';
}

function outcomeOf(answer: PostAnswer): string {
  if (answer.status === null) return answer.fault;
  if (answer.status >= 300 && answer.status < 400) return 'a redirect, which is not followed';
  // Postgres stores no NUL in text.
  return answer.text.replaceAll('\0', '').toWellFormed().slice(0, OUTCOME_LENGTH).toWellFormed();
}

function patienceOf(answer: PostAnswer): number | undefined {
  if (answer.status !== 429 && answer.status !== 503) return undefined;
  return answer.retryAfterSeconds === undefined
    ? undefined
    : Math.min(answer.retryAfterSeconds, LONGEST_RETRY_AFTER_SECONDS);
}
