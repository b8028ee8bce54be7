// Signed events of the payment service, beside a bare receiver that verifies the same signature and does nothing: of a
// customer that nobody knows, of one whose saga is then told, and one that came before. One after another, and ten at
// once, in turns: `node tests/bench/webhooks.ts [--quick]`.

import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import Stripe from 'stripe';
import { z } from 'zod';
import { readJson } from '../../infra/local/home.ts';
import { signIn } from '../support/program.ts';
import { runAlone } from './alone.ts';
import { startBareWebhook } from './bare/webhook.ts';
import { withBenchStack, type BenchStack } from './bench-stack.ts';
import { median, quantile, type BenchOptions, type BenchReport, type Figure } from './measurements.ts';

const TARGET = 3;
const AT_ONCE = 10;
const WARM_UPS = 30;
const QUIET_MS = 30;
const PAYER = 'free@varloom.test';

/** The last one leaves work behind. */
const KINDS = ['unknown customer', 'repeated', 'known customer'] as const;
type Kind = (typeof KINDS)[number];

export function benchWebhooks({ quick, say }: BenchOptions): Promise<BenchReport> {
  return withBenchStack(async (bench) => {
    const [oneByOne, together] = quick ? [40, 10] : [300, 60];
    const { STRIPE_WEBHOOK_SECRET: secret } = z
      .object({ STRIPE_WEBHOOK_SECRET: z.string() })
      .parse(readJson(bench.home.settingsFile));
    const owner = postgres(bench.stack.database, { max: 1, onnotice: () => {} });
    const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
    const bare = await startBareWebhook(secret);
    try {
      const customer = await makeCustomer(bench, owner);
      const url = `${bench.stack.api}/webhooks/stripe`;
      const repeated = eventOf(customer);
      await post(agent, url, repeated, secret);
      const payloadOf: Record<Kind, () => string> = {
        'unknown customer': () => eventOf(`cus_${randomUUID()}`),
        repeated: () => repeated,
        'known customer': () => eventOf(customer),
      };
      const samples: Record<string, number[]> = {};
      /** `width` at once; each one's milliseconds. */
      const measure = async (series: string, to: string, width: number, payload: () => string): Promise<void> => {
        const all = await Promise.all(Array.from({ length: width }, () => post(agent, to, payload(), secret)));
        (samples[series] ??= []).push(...all);
      };
      const round = async (mode: string, width: number): Promise<void> => {
        // After the pause of the last round everything is slow at first, a disk's flush fifty times.
        for (const to of [bare.url, url]) await post(agent, to, payloadOf['unknown customer'](), secret);
        for (const kind of KINDS) {
          await measure(`bare, ${mode}`, bare.url, width, payloadOf[kind]);
          await measure(`${kind}, ${mode}`, url, width, payloadOf[kind]);
        }
        // The saga reads the account after the last answer: nothing else is measured meanwhile.
        await settled(owner, customer);
      };
      for (let warmUp = 0; warmUp < WARM_UPS; warmUp++) await round('warm-up', 1);
      for (let count = 0; count < oneByOne; count++) await round(ONE_BY_ONE, 1);
      say(`${oneByOne} rounds of one event each`);
      for (let count = 0; count < together; count++) await round(TOGETHER, AT_ONCE);
      say(`${together} rounds of ${AT_ONCE} events at once`);
      return {
        figures: [ONE_BY_ONE, TOGETHER].flatMap((mode) => figuresOf(samples, mode)),
        samples: Object.fromEntries(Object.entries(samples).map(([series, all]) => [`${series}, ms`, all])),
        notes: [
          `each event has ${repeated.length} bytes; one client with kept connections; the bare receiver is a process of its own`,
          'ours answers when the event is committed in Postgres; the bare receiver keeps nothing',
        ],
      };
    } finally {
      await bare.stop();
      agent.destroy();
      await owner.end({ timeout: 5 });
    }
  });
}

const ONE_BY_ONE = 'one by one';
const TOGETHER = `${AT_ONCE} at once`;

function figuresOf(samples: Record<string, number[]>, mode: string): Figure[] {
  const of = (who: string) => samples[`${who}, ${mode}`] ?? [];
  const bare = of('bare');
  return [
    ...KINDS.flatMap((kind): Figure[] => {
      const ours = of(kind);
      const label = `${kind}, ${mode}`;
      const ratio = (share: number) => quantile(ours, share) / quantile(bare, share);
      return [
        { name: `${label}: ours / bare, p50`, value: ratio(0.5), unit: 'ratio', target: { atMost: TARGET } },
        { name: `${label}: ours / bare, p95`, value: ratio(0.95), unit: 'ratio' },
        { name: `${label}: ours, p50`, value: median(ours), unit: 'ms' },
      ];
    }),
    { name: `bare, ${mode}, p50`, value: median(bare), unit: 'ms' },
  ];
}

/** By opening a payment page that nobody pays on. Answers the customer's id at the payment service. */
async function makeCustomer(bench: BenchStack, owner: postgres.Sql): Promise<string> {
  const payer = await signIn({ stack: bench.stack, home: bench.home.directory }, PAYER);
  const opened = await payer.call('POST', '/subscription');
  if (opened.status !== 201) throw new Error(`no payment page: ${JSON.stringify(opened.body)}`);
  const [row] = await owner<{ customer_id: string }[]>`
    select customer_id from subscriptions join users using (user_id) where email = ${PAYER}`;
  if (!row) throw new Error('the customer was not noted');
  return row.customer_id;
}

/** Resolves when the saga was told of every event, has read the account after the last one, and reads no more. */
async function settled(owner: postgres.Sql, customer: string): Promise<void> {
  const deadline = AbortSignal.timeout(60_000);
  let before = '';
  for (;;) {
    const [row] = await owner<{ is_settled: boolean; synced_at: Date }[]>`
      select bool_and(told_at is not null and received_at < synced_at) as is_settled, synced_at
      from billing_events join subscriptions using (user_id) where customer_id = ${customer} group by synced_at`;
    const now = row?.is_settled ? row.synced_at.toISOString() : '';
    if (now !== '' && now === before) return;
    before = now;
    deadline.throwIfAborted();
    await pause(QUIET_MS); // nothing tells of a saga that has read an account
  }
}

/** Of about the size that events of invoices have. */
function eventOf(customer: string): string {
  const line = {
    object: 'line_item',
    amount: 1900,
    currency: 'eur',
    description: '1 × Premium (at €19.00 / month)',
    quantity: 1,
    metadata: {},
  };
  return JSON.stringify({
    id: `evt_${randomUUID().replaceAll('-', '')}`,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: Math.floor(Date.now() / 1000),
    livemode: false,
    type: 'invoice.updated',
    data: {
      object: {
        id: `in_${randomUUID().replaceAll('-', '')}`,
        object: 'invoice',
        customer,
        amount_due: 1900,
        amount_paid: 1900,
        currency: 'eur',
        status: 'paid',
        lines: { object: 'list', data: Array.from({ length: 12 }, () => line), has_more: false },
      },
    },
  });
}

/** Milliseconds from the first byte sent to the last one received. @throws Error unless the answer is 200 */
async function post(agent: Agent, url: string, payload: string, secret: string): Promise<number> {
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret });
  const startedAt = performance.now();
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Stripe-Signature': signature };
    const sent = request(url, { agent, method: 'POST', headers }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode));
      answer.once('error', reject);
    });
    sent.once('error', reject);
    sent.end(payload);
  });
  const milliseconds = performance.now() - startedAt;
  if (status !== 200) throw new Error(`POST ${url}: ${status}`);
  return milliseconds;
}

if (import.meta.main) await runAlone('webhooks', benchWebhooks);
