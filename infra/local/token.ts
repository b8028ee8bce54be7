// `npm run --silent token -- EMAIL`: prints an access token of a seeded user of the running local stack.
import { z } from 'zod';
import { keptSecret, openHome, readJson } from './home.ts';
import { localToken } from './services/issuer.ts';
import { localUsers } from './users.ts';

const email = process.argv[2];
const known = localUsers.map((user) => user.email);
if (process.argv.length !== 3 || !email || !known.includes(email)) {
  console.error(
    `Usage: npm run --silent token -- EMAIL\nwhere EMAIL is one of:\n${known.map((each) => `  ${each}`).join('\n')}`,
  );
  process.exit(2);
}

const home = openHome();
const stack = z
  .object({ issuer: z.string(), users: z.array(z.object({ email: z.string() })) })
  .safeParse(readJson(home.stackFile));
if (!stack.success) fail(`There is no local stack in ${home.directory}. Start it with: npm start`);
if (stack.data.users.length === 0) fail(`The stack uses ${stack.data.issuer}, which is not ours: ask it for a token.`);
try {
  const localSecret = keptSecret(home.secrets, 'issuer-local-secret');
  console.log(await localToken({ issuer: stack.data.issuer, localSecret }, email));
} catch (error) {
  fail(`No token: ${error instanceof Error ? error.message : String(error)}. Is the stack running (npm start)?`);
}

function fail(text: string): never {
  console.error(text);
  process.exit(1);
}
