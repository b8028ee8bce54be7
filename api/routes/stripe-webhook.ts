// Events of the payment service. Stripe signs each over its raw body; an event is noted once, however often it comes,
// acknowledged, and the user's saga told after that. An event is a hint: the saga reads anew what counts.

import { ServerResponse } from 'node:http';
import { createRoute, z } from '@hono/zod-openapi';
import Stripe from 'stripe';
import { noteBillingEvent, recordTold, type BillingEventHints } from '../../db/billing-events.ts';
import { VarloomError } from '../../domain/errors.ts';
import type { UserId } from '../../domain/ids.ts';
import { system } from '../../domain/principal.ts';
import { createRoutes, type Dependencies } from '../context.ts';
import { answers, PUBLIC } from '../openapi.ts';

/** What was signed longer ago may have been recorded by somebody, and be played back. */
const TOLERANCE_SECONDS = 300;

const reference = z.string().max(255).optional().catch(undefined);

/** Only what names the event and whom it may concern; all else of it is left unread. */
const event = z.looseObject({
  id: z.string().min(1).max(255),
  type: z.string().min(1).max(255),
  data: z.looseObject({
    object: z.looseObject({
      id: reference,
      object: reference,
      customer: reference,
      payment_intent: reference,
      client_reference_id: reference,
      metadata: z.looseObject({ user_id: reference }).nullish().catch(undefined),
    }),
  }),
});
type Event = z.infer<typeof event>;

export function stripeWebhookRoutes(deps: Dependencies) {
  const { settings, database, sagas, afterwards, logger } = deps;
  const principal = system('stripe-webhook');

  const route = createRoute({
    method: 'post',
    path: '/webhooks/stripe',
    security: PUBLIC,
    request: {
      // Not declared as JSON: what is parsed and written again is not what was signed.
      body: { required: true, content: { '*/*': { schema: z.string() } } },
    },
    responses: answers({ 200: {} }, []),
    summary: 'Events of Stripe, signed in the header `Stripe-Signature`',
  });

  return createRoutes().openapi(route, async (c) => {
    const secret = settings.STRIPE_WEBHOOK_SECRET;
    if (secret === undefined) {
      throw new VarloomError('unavailable', 'This installation takes no events: STRIPE_WEBHOOK_SECRET is not set.');
    }
    const body = Buffer.from(await c.req.arrayBuffer());
    const refused = (reason: string) => {
      logger.warn({ requestId: c.get('requestId'), sizeBytes: body.length, reason }, 'event of Stripe refused');
      return new VarloomError('bad_request', 'The event is not signed as it must be.');
    };
    const told = await verified(body, c.req.header('Stripe-Signature'), secret, refused);
    const note = () =>
      noteBillingEvent(database, principal, {
        eventId: told.id,
        type: told.type,
        hints: hintsOf(told.data.object),
      });
    const noted = await note();
    logger.info({ event: told.id, type: told.type, isNew: noted.isNew }, 'event of Stripe noted');
    if (noted.tell !== undefined) {
      const { env }: { env: unknown } = c;
      afterwards.do(`event ${told.id}`, async () => {
        await answered(env);
        // Of one that came before, the saga may have been told while this one was on its way here.
        const { tell } = noted.isNew ? noted : await note();
        if (tell !== undefined) await tellSaga(tell, told.id);
      });
    }
    return c.json({ code: 200 as const, status: 'success' as const }, 200);
  });

  async function tellSaga(userId: UserId, eventId: string): Promise<void> {
    await sagas.tellBillingChanged(userId);
    await recordTold(database, principal, eventId);
  }
}

/**
 * Resolves when the answer has left, or its receiver has: the work behind it would else slow it down. `env` is what the
 * server gives to a request; one that came over no connection has nothing to wait for.
 */
async function answered(env: unknown): Promise<void> {
  if (typeof env !== 'object' || env === null || !('outgoing' in env)) return;
  const { outgoing } = env;
  if (!(outgoing instanceof ServerResponse) || outgoing.closed) return;
  await new Promise<void>((resolve) => outgoing.once('close', resolve));
}

/** @throws what `refused` makes: nothing of an event that is not Stripe's is looked at, and none of it is logged */
async function verified(
  body: Buffer,
  signature: string | undefined,
  secret: string,
  refused: (reason: string) => VarloomError,
): Promise<Event> {
  if (signature === undefined) throw refused('no signature');
  let signed: unknown;
  try {
    signed = await Stripe.webhooks.constructEventAsync(body, signature, secret, TOLERANCE_SECONDS);
  } catch (error) {
    throw refused(error instanceof Stripe.errors.StripeSignatureVerificationError ? 'bad signature' : 'no event');
  }
  const parsed = event.safeParse(signed);
  if (!parsed.success) throw refused('no event');
  return parsed.data;
}

function hintsOf(object: Event['data']['object']): BillingEventHints {
  return {
    customerId: object.object === 'customer' ? object.id : object.customer,
    paymentIntentId: object.object === 'payment_intent' ? object.id : object.payment_intent,
    userId: object.client_reference_id ?? object.metadata?.user_id,
  };
}
