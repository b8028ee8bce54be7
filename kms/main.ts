// `npm run keys -- list | add [ID] | activate ID  [--patients]`: the keys in PAYLOAD_KEYS_FILE, or in PATIENT_KEYS_FILE.
// No key is ever printed. docs/operations.md says in which order a key is rotated.

import { parseArgs } from 'node:util';
import { z } from 'zod';
import { BadSettings, parseSettings } from '../process/settings.ts';
import { activateKey, addKey, KeyFileRefused, listKeys } from './key-rotation.ts';

const USAGE = 'usage: npm run keys -- list | add [ID] | activate ID  [--patients]\n';
const say = (text: string) => process.stdout.write(`${text}\n`);

function refuse(reason: string): never {
  process.stderr.write(`${reason}\n${USAGE}`);
  process.exit(2);
}

function given(): { path: string; positionals: string[] } {
  let parsed;
  try {
    parsed = parseArgs({ allowPositionals: true, options: { patients: { type: 'boolean', default: false } } });
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error));
  }
  const setting = parsed.values.patients ? 'PATIENT_KEYS_FILE' : 'PAYLOAD_KEYS_FILE';
  try {
    const settings = parseSettings({ [setting]: z.string().min(1) }, process.env);
    return { path: settings[setting] ?? refuse(`${setting} is required`), positionals: parsed.positionals };
  } catch (error) {
    if (error instanceof BadSettings) refuse(error.message);
    throw error;
  }
}

const { path, positionals } = given();
const [command, id, ...rest] = positionals;
if (rest.length > 0) refuse('too many words');

try {
  switch (command) {
    case 'list':
      for (const { id: known, isActive } of await listKeys(path)) say(isActive ? `${known}  active` : known);
      break;
    case 'add': {
      const added = await addKey(path, id);
      say(`Added ${added} to ${path}; it encrypts nothing yet.`);
      say(`Restart every process that reads this file, then: npm run keys -- activate ${added}`);
      break;
    }
    case 'activate':
      await activateKey(path, id ?? refuse('which key?'));
      say(`${id} is active in ${path}.`);
      say('Restart every process that reads this file, one after the other. Keep the other keys: they still decrypt.');
      break;
    default:
      refuse(command === undefined ? 'what is to be done?' : `${command} is not known`);
  }
} catch (error) {
  if (!(error instanceof KeyFileRefused)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
