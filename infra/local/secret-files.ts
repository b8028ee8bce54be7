// Settings that stand in files, for the stack itself: `NAME_FILE` names the file that holds NAME, as every process of ours
// takes it. What the stack passes on is the value, and so the name of the file is not passed on.
import { readFileSync } from 'node:fs';

/** What the stack decides about by itself, and may be secret. */
const NAMES = [
  'DATABASE_URL',
  'DATABASE_OWNER_URL',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'MAIL_URL',
  'STRIPE_API_KEY',
  'STRIPE_WEBHOOK_SECRET',
  'OIDC_CLIENT_ID',
  'OIDC_CLIENT_SECRET',
];

/** Moves values from their files into the environment. Throws an Error that names the setting, and neither value nor file. */
export function takeFromFiles(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  for (const name of NAMES) {
    const setting = `${name}_FILE`;
    const path = environment[setting];
    delete environment[setting];
    if (!path) continue;
    if (environment[name]) throw new Error(`Bad settings:\n  ${name}: is given twice, by itself and by ${setting}`);
    environment[name] = contentOf(setting, path);
  }
  return environment;
}

function contentOf(setting: string, path: string): string {
  let content: string;
  try {
    content = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    throw new Error(`Bad settings:\n  ${setting}: the file that it names cannot be read`);
  }
  if (content === '') throw new Error(`Bad settings:\n  ${setting}: the file that it names is empty`);
  return content;
}
