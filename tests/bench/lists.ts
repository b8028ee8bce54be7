// The list of jobs, with a thousand and with a million jobs of the same user in the table, through the public API:
// first page and a page deep in, with a status filter and without. `node tests/bench/lists.ts [--quick]`.

import postgres from 'postgres';
import { runAlone } from './alone.ts';
import { withBenchStack, type BenchStack } from './bench-stack.ts';
import { quantile, secondsOf, type BenchOptions, type BenchReport, type Figure } from './measurements.ts';
import { publicApi, type PublicApi } from './public-api.ts';

const TARGET = 1.5;
const FEW = 1_000;
const MANY = 1_000_000;
const LIMIT = 50;

export function benchLists({ quick, say }: BenchOptions): Promise<BenchReport> {
  return withBenchStack(async (bench) => {
    const many = quick ? 100_000 : MANY;
    const rounds = quick ? 100 : 400;
    // Two users in one database; the one with few jobs has neighbours, as in life.
    const [few, lot] = await Promise.all([0, 1].map((index) => ownerOf(bench, index)));
    if (!few || !lot) throw new Error('the stack has too few users');
    say(`inserting ${FEW} jobs of ${few.email} and ${many} of ${lot.email}`);
    const owner = postgres(bench.stack.database, { max: 1, onnotice: () => {} });
    let insertSeconds = 0;
    try {
      insertSeconds = await secondsOf(async () => {
        await insertJobs(owner, few.email, FEW);
        await insertJobs(owner, lot.email, many);
        await owner`vacuum (analyze) jobs`;
      });
    } finally {
      await owner.end({ timeout: 5 });
    }

    const samples: Record<string, number[]> = {};
    const figures: Figure[] = [];
    for (const status of [undefined, 'COMPLETED'] as const) {
      for (const page of ['first', 'deep'] as const) {
        const name = `${page} page${status ? `, ${status} only` : ''}`;
        const query = { limit: LIMIT, ...(status ? { job_status: status } : {}) };
        const asked = await Promise.all(
          [few, lot].map(async ({ api }) => ({
            api,
            // Half of the rows of that status lie before it, for the one as for the other.
            query: page === 'first' ? query : { ...query, cursor: await cursorDeepIn(bench, api, query) },
          })),
        );
        const [ofFew, ofLot] = await alternate(asked, rounds);
        if (!ofFew || !ofLot) throw new Error('nothing was measured');
        samples[`${name}: ${FEW} jobs, ms`] = ofFew;
        samples[`${name}: ${many} jobs, ms`] = ofLot;
        const [p95Few, p95Lot] = [quantile(ofFew, 0.95), quantile(ofLot, 0.95)];
        figures.push(
          { name: `${name}: p95 ratio`, value: p95Lot / p95Few, unit: 'ratio', target: { atMost: TARGET } },
          { name: `${name}: p95 with ${FEW} jobs`, value: p95Few, unit: 'ms' },
          { name: `${name}: p95 with ${many} jobs`, value: p95Lot, unit: 'ms' },
        );
      }
    }
    return {
      figures,
      samples,
      notes: [
        `rows inserted in ${insertSeconds.toFixed(1)} s; ${rounds} requests each, taking turns, ${LIMIT} jobs a page`,
      ],
    };
  });
}

interface Owner {
  email: string;
  api: PublicApi;
}

async function ownerOf({ stack, tokens }: BenchStack, index: number): Promise<Owner> {
  const [user, token] = [stack.users[index], tokens[index]];
  if (!user || !token) throw new Error('the stack has too few users');
  const api = publicApi(stack.api, token);
  await api.list({ limit: 1 }); // a first request makes the user's row
  return { email: user.email, api };
}

/** One job a second, back from now; seven of ten COMPLETED. All of one upload, which lists do not look at. */
async function insertJobs(owner: postgres.Sql, email: string, count: number): Promise<void> {
  await owner`
    with person as (select user_id, organization_id from users where email = ${email}),
    upload as (
      insert into uploads (upload_id, organization_id, user_id, file_name, source, size_limit_bytes, expires_at)
      select gen_random_uuid(), organization_id, user_id, 'bench.vcf', 'api', 1, now() from person
      returning upload_id, organization_id, user_id
    )
    insert into jobs (job_id, organization_id, user_id, upload_id, source, file_name, input_etag, input_size_bytes,
      genome, consequence_mode, status, submitted_at, started_at, completed_at, result_state)
    select gen_random_uuid(), organization_id, user_id, upload_id, 'api', 'bench.vcf', 'etag', 1,
      'demo', 'auto', status, at, at, at, case status when 'COMPLETED' then 'live' end
    from upload, generate_series(1, ${count}::int) as number,
      lateral (select now() - number * interval '1 second' as at,
        case when number % 10 < 7 then 'COMPLETED' when number % 10 < 9 then 'FAILED' else 'CANCELLED' end as status) as facts`;
}

/** A cursor of the list's own form, half-way in. Walking there page by page would take ten thousand requests. */
async function cursorDeepIn(
  { stack }: BenchStack,
  api: PublicApi,
  query: { limit: number; job_status?: string },
): Promise<string> {
  const { jobs } = await api.list({ ...query, limit: 1 });
  const [first] = jobs;
  const owner = postgres(stack.database, { max: 1, onnotice: () => {} });
  try {
    const [row] = await owner<{ at: string; job_id: string }[]>`
      select to_char(submitted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, job_id
      from jobs
      where user_id = (select user_id from jobs where job_id = ${first?.job_id ?? null})
        and (${query.job_status ?? null}::text is null or status = ${query.job_status ?? null})
      order by submitted_at desc, job_id desc
      offset (select count(*) / 2 from jobs where user_id = (select user_id from jobs where job_id = ${first?.job_id ?? null})
        and (${query.job_status ?? null}::text is null or status = ${query.job_status ?? null}))
      limit 1`;
    if (!row) throw new Error('there is no such page');
    return Buffer.from(`${row.at}/${row.job_id}`).toString('base64url');
  } finally {
    await owner.end({ timeout: 5 });
  }
}

async function alternate(
  asked: readonly { api: PublicApi; query: { limit: number; cursor?: string; job_status?: string } }[],
  rounds: number,
): Promise<number[][]> {
  const warmUps = 20;
  const milliseconds: number[][] = asked.map(() => []);
  for (let round = -warmUps; round < rounds; round++) {
    for (const [index, { api, query }] of asked.entries()) {
      const startedAt = performance.now();
      const { jobs } = await api.list(query);
      if (round >= 0) milliseconds[index]?.push(performance.now() - startedAt);
      if (jobs.length !== query.limit) throw new Error(`a page of ${query.limit} has ${jobs.length} jobs`);
    }
  }
  return milliseconds;
}

if (import.meta.main) await runAlone('lists', benchLists);
