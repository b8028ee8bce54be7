// `npm run audit -- verify [--organization ID] [--without-checkpoints]`: whether the audit log is whole.
// Exit 0: it is. 1: it is not, and what was found is told. 2: it could not be verified.

import { parseArgs } from 'node:util';
import { z } from 'zod';
import { openDatabase } from '../../db/client.ts';
import { isId } from '../../domain/ids.ts';
import { BadSettings, databaseSettings, parseSettings } from '../../process/settings.ts';
import { connectStore, storeSettings } from '../../store/client.ts';
import { createObjectStore } from '../../store/s3.ts';
import { readSigningKeys } from './signing-keys.ts';
import { verifyAuditLog } from './verify.ts';

const USAGE = `usage:
  npm run audit -- verify [--organization ID] [--without-checkpoints]

Computes every entry's hash anew, and compares the chain of each organization with its head, with the decisions that
reviewers have signed, and with the signed checkpoints in the object store. --without-checkpoints leaves out the latter, and finds no chain that was rewritten whole.`;

class UsageError extends Error {}

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const { positionals, values } = readArguments();
  const organizationId = values.organization;
  if (positionals.length !== 1 || positionals[0] !== 'verify') throw new UsageError(USAGE);
  if (organizationId !== undefined && !isId(organizationId)) throw new UsageError('--organization: not a UUID');

  const settings = parseSettings({ ...databaseSettings, ...storeSettings }, process.env);
  const database = openDatabase({ url: settings.DATABASE_URL, applicationName: 'varloom-audit', maxConnections: 1 });
  const total = { entries: 0, organizations: 0, faulty: 0 };
  try {
    await verifyAuditLog({
      database,
      organizationId,
      checkpoints: values['without-checkpoints']
        ? undefined
        : {
            store: createObjectStore(connectStore(settings)),
            keys: readSigningKeys(parseSettings({ AUDIT_KEY_FILE: z.string().min(1) }, process.env).AUDIT_KEY_FILE),
          },
      onReport(report) {
        total.organizations += 1;
        total.entries += report.entries;
        const state = `${report.entries} entries, head ${report.hash}, ${report.checkpoints} checkpoints`;
        say(`${report.faults.length > 0 ? 'BROKEN' : 'whole '}  ${report.organizationId}  ${state}`);
        for (const { seq, fault } of report.faults) say(`        entry ${seq}: ${fault}`);
        if (report.faults.length > 0) total.faulty += 1;
      },
    });
  } finally {
    await database.close();
  }
  if (organizationId !== undefined && total.entries === 0 && total.faulty === 0) {
    throw new UsageError(`there is no entry of the organization ${organizationId}`);
  }
  const sum = `${total.entries} entries of ${total.organizations} organizations`;
  say(total.faulty > 0 ? `The audit log was tampered with: ${total.faulty} BROKEN, in ${sum}` : `${sum} are whole`);
  return total.faulty > 0 ? 1 : 0;
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        organization: { type: 'string' },
        'without-checkpoints': { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

try {
  process.exit(await main());
} catch (error) {
  const isExpected = error instanceof UsageError || error instanceof BadSettings;
  process.stderr.write(`${isExpected ? error.message : `could not verify the audit log: ${String(error)}`}\n`);
  process.exit(2);
}
