// In a recording run: writes down the text of every statement that goes to Postgres through db/client.ts, into a file of
// this process in the directory that VARLOOM_STATEMENTS names. Statements of the tests themselves are among them: where a
// statement was made can no longer be told when it is sent.

import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { STATEMENT_CHANNEL } from '../../db/client.ts';

const directory = process.env['VARLOOM_STATEMENTS'] ?? '';
const heard = new Set<string>();

subscribe(STATEMENT_CHANNEL, (text) => void heard.add(String(text)));

afterAll(() => {
  const name = `${process.pid}-${process.hrtime.bigint()}.json`;
  writeFileSync(join(directory, name), JSON.stringify([...heard]));
  heard.clear();
});
