// `npm run seed`: fills the running local stack with jobs in every state that lasts, and with a laboratory that has partners,
// samples and deliveries in every state, all made by the service itself. A second run adds nothing.

import { homeDirectory, openHome, readJson } from '../../infra/local/home.ts';
import { stackFile } from '../../infra/local/stack-file.ts';
import { signIn } from '../support/program.ts';
import { seedJobs } from './jobs.ts';
import { seedLaboratory } from './laboratory.ts';
import { startPartnerProgram } from './partner-program.ts';
import { createReport } from './report.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

const home = homeDirectory();
const found = stackFile.safeParse(readJson(openHome(home).stackFile));
// The first of what the stack lets webhooks reach on this machine.
const hostPort = (process.env['WEBHOOK_ALLOWED_PRIVATE'] ?? '').split(',')[0]?.trim();
if (!found.success || !hostPort) {
  process.stderr.write(`There is no local stack in ${home} that runs this version. Start it with: npm start\n`);
  process.exit(1);
}
const { api, temporal, mail } = found.data;
const as = (mailbox: string) => signIn({ stack: found.data, home }, `${mailbox}@varloom.test`);
const report = createReport(say);

const premium = await as('premium');
await seedJobs({ free: await as('free'), premium }, report);

const program = await startPartnerProgram(hostPort);
try {
  const people = {
    member: premium,
    admin: await as('admin'),
    technical: await as('tech'),
    licensed: await as('licensed'),
    director: await as('director'),
  };
  await seedLaboratory({ api, people, program, report });
} finally {
  await program.stop();
}

const { made, found: there } = report.counts();
say(
  `\n${made === 0 ? 'Nothing was missing' : `Made ${made}`}; ${there} ${there === 1 ? 'was' : 'were'} there already.`,
);
say(`
Where to look, signed in as
  free, premium   ${api}/jobs
  tech, licensed  ${api}/reviews
  director        ${api}/reviews and ${api}/deliveries
  admin           ${api}/partners and ${api}/audit
${temporal.ui === null ? '' : `  admin           ${temporal.ui} (every workflow; others see it encrypted)\n`}\
${mail.ui === null ? '' : `Without signing in: every mail at ${mail.ui}\n`}\
A receiver of webhooks of your own may listen at ${program.urls.clinic}.`);
