// `npm run seed`: fills the running local stack with jobs in every state that lasts, made by the service itself.

import { Buffer } from 'node:buffer';
import { homeDirectory, openHome, readJson } from '../../infra/local/home.ts';
import { stackFile } from '../../infra/local/stack-file.ts';
import { signIn } from '../support/program.ts';
import { DEMO_PLAN, demoVariants, makeGenome, writeVcf } from '../support/vcf.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

const home = homeDirectory();
const found = stackFile.safeParse(readJson(openHome(home).stackFile));
if (!found.success) {
  process.stderr.write(`There is no local stack in ${home}. Start it with: npm start\n`);
  process.exit(1);
}
const running = { stack: found.data, home };
const [free, premium] = await Promise.all([
  signIn(running, 'free@varloom.test'),
  signIn(running, 'premium@varloom.test'),
]);

const genome = makeGenome(DEMO_PLAN);
const vcf = (seed: number, count: number) => Buffer.from(writeVcf(genome, demoVariants(genome, { seed, count })));

const expectStatus = (what: string, actual: string | null, wanted: string) => {
  if (actual !== wanted) throw new Error(`${what} is ${actual} instead of ${wanted}`);
  say(`${wanted.padEnd(10)} ${what}`);
};

const live = await premium.annotate(await premium.upload('family-trio.vcf', vcf(11, 3000)));
expectStatus('a result of premium', (await premium.ended(live)).result_state, 'live');

const archived = await free.annotate(await free.upload('exome.vcf', vcf(12, 500)));
await free.ended(archived);
await free.call('PUT', `/annotations/${archived}/retention`, { retention_seconds: 0 });
expectStatus('a result of free', await restingState(archived, 'archived'), 'archived');

const erased = await free.annotate(await free.upload('withdrawn.vcf', vcf(13, 100)));
await free.ended(erased);
await free.call('DELETE', `/annotations/${erased}/data`);
expectStatus('a result of free', await restingState(erased, 'deleted'), 'deleted');

const failed = await free.annotate(await free.upload('notes.txt', Buffer.from('not a VCF\n')));
expectStatus('a job of free', (await free.ended(failed)).job_status, 'FAILED');

const cancelled = await premium.annotate(await premium.upload('cancelled.vcf', vcf(14, 150_000)));
await premium.call('DELETE', `/annotations/${cancelled}`);
expectStatus('a job of premium', (await premium.ended(cancelled)).job_status, 'CANCELLED');

await free.upload('not-submitted-yet.vcf', vcf(15, 100));
say('uploaded   a file of free that waits to be submitted');
say(`\nSee them at ${found.data.api}/jobs, signed in as free or premium.`);

async function restingState(id: string, wanted: string): Promise<string | null> {
  for (let look = 0; look < 60; look += 1) {
    const { result_state } = await free.job(id);
    if (result_state === wanted) return result_state;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return (await free.job(id)).result_state;
}
