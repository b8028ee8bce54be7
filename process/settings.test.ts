// The settings of every process, from one table: what is missing, malformed or contradictory is refused by name, no value is
// shown, and no setting is left out of the table, of .env.example, or of the names that are known.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BAD,
  inProduction,
  malformed,
  PLANTED,
  processes,
  processNames,
  readsStack,
  tolerated,
  type ProcessName,
} from '../tests/support/settings-table.ts';
import { contradictions } from '../tests/support/settings-contradictions.ts';
import { misspelt, SETTING_NAMES } from './setting-names.ts';
import { BadSettings, type Environment } from './settings.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'varloom-settings-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const goodOf = (name: ProcessName): Environment => ({ ...processes[name].chooses, ...processes[name].needs });

/** The refusal, or the empty text when there is none. Whatever is refused, no secret is in it. */
function refusal(name: ProcessName, changes: Environment): string {
  try {
    processes[name].read({ ...goodOf(name), ...changes });
  } catch (error) {
    if (!(error instanceof BadSettings)) throw error;
    return error.message.includes(PLANTED) ? `shows a secret: ${error.message}` : error.message;
  }
  return '';
}

const named = (message: string) => [...message.matchAll(/^ *([A-Z][A-Z0-9_]+)\b/gm)].map(([, setting]) => setting);

/** The settings that a process asks for, without the files that they may stand in. */
function asked(name: ProcessName): string[] {
  const names = new Set<string>();
  processes[name].read(
    new Proxy(goodOf(name), {
      get(target, key) {
        if (typeof key === 'string') names.add(key);
        return target[String(key)];
      },
    }),
  );
  return [...names].filter((key) => !(key.endsWith('_FILE') && names.has(key.slice(0, -'_FILE'.length)))).toSorted();
}

let files = 0;
function fileWith(content: string): string {
  files += 1;
  const path = join(directory, `secret-${files}`);
  writeFileSync(path, content);
  return path;
}

describe.for([...processNames])('%s', (name) => {
  it('starts with what it needs, in production with what that needs, and cannot be changed afterwards', () => {
    expect(refusal(name, {})).toBe('');
    expect(refusal(name, inProduction(name))).toBe('');
    const settings = processes[name].read(goodOf(name));
    expect(typeof settings === 'string' || Object.isFrozen(settings)).toBe(true);
  });

  it('names what is missing or empty, all of it at once', () => {
    const needed = Object.keys(processes[name].needs);
    for (const setting of needed) {
      for (const nothing of [undefined, '']) {
        const message = refusal(name, { [setting]: nothing });
        expect([setting, named(message)]).toEqual([setting, expect.arrayContaining([setting])]);
        expect(message).toContain('is required');
      }
    }
    const nothing = Object.fromEntries(needed.map((setting) => [setting, undefined]));
    const all = refusal(name, { ...nothing, LOG_LEVEL: BAD });
    expect(all.split('\n').filter((line) => line.includes('is required'))).toHaveLength(needed.length);
  });

  it('refuses each setting that is malformed, given by itself or in a file, by its name alone', () => {
    const wrong: unknown[] = [];
    for (const setting of asked(name)) {
      if (tolerated[name]?.includes(setting)) continue;
      for (const value of malformed[setting] ?? ['not in the table']) {
        const message = refusal(name, { [setting]: value });
        if (new Set(named(message)).size !== 1 || named(message)[0] !== setting)
          wrong.push({ setting, value, message });
        if (setting.endsWith('_FILE')) continue;
        const inFile = refusal(name, { [setting]: undefined, [`${setting}_FILE`]: fileWith(`${value}\n`) });
        if (named(inFile)[0] !== setting) wrong.push({ setting, value, inFile });
      }
    }
    expect(wrong).toEqual([]);
  });

  it('reads each setting from the file that it names', () => {
    const { needs } = processes[name];
    for (const [setting, value] of Object.entries(needs)) {
      if (setting.endsWith('_FILE')) continue;
      const file = `${setting}_FILE`;
      const path = fileWith(`${value}\n`);
      const fromFile = processes[name].read({ ...goodOf(name), [setting]: '', [file]: path });
      expect(fromFile).toEqual(processes[name].read(goodOf(name)));
      expect(refusal(name, { [file]: path })).toContain(`${setting}: is given twice, by itself and by ${file}`);
      for (const [unusable, why] of [
        [join(directory, PLANTED), 'cannot be read'],
        [directory, 'cannot be read'],
        [fileWith(''), 'is empty'],
        [fileWith('\n'), 'is empty'],
        // Somebody may put the secret where the name of its file belongs.
        [value, 'cannot be read'],
      ] as const) {
        const message = refusal(name, { [setting]: undefined, [file]: unusable });
        expect(message.split('\n').slice(1)).toEqual([`  ${file}: the file that it names ${why}`]);
      }
    }
  });

  it('asks for no setting that is not in the table, and not described', () => {
    const names = asked(name);
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((setting) => !(setting in malformed))).toEqual([]);
    expect(names.filter((setting) => !described().includes(setting))).toEqual([]);
  });
});

it.for(contradictions)('refuses what contradicts: %s (%s)', ([, name, changes, setting]) => {
  const message = refusal(name, changes);
  expect(named(message)[0]).toBe(setting);
});

it('only one line break at the end of a file is not of the value', () => {
  const secret = (content: string) =>
    processes.gateway.read({
      ...goodOf('gateway'),
      OIDC_CLIENT_SECRET: '',
      OIDC_CLIENT_SECRET_FILE: fileWith(content),
    });
  expect(secret('a b\n')).toMatchObject({ OIDC_CLIENT_SECRET: 'a b' });
  expect(secret('a b\r\n')).toMatchObject({ OIDC_CLIENT_SECRET: 'a b' });
  expect(secret(' a\n\n')).toMatchObject({ OIDC_CLIENT_SECRET: ' a\n' });
});

describe('the local stack', () => {
  it.for<[Environment, string]>([
    [{ PORT: BAD }, 'PORT'],
    [{ PORT: '65536' }, 'PORT'],
    [{ VARLOOM_PORTS: BAD }, 'VARLOOM_PORTS'],
    [{ VARLOOM_PARTS: BAD }, 'VARLOOM_PARTS'],
    [{ VARLOOM_METRICS: BAD }, 'VARLOOM_METRICS'],
    [{ VARLOOM_OBSERVE: BAD }, 'VARLOOM_OBSERVE'],
    [{ CODEC_PORT: '0' }, 'CODEC_PORT'],
    [{ S3_INPUTS_BUCKET: 'ab' }, 'S3_INPUTS_BUCKET'],
    [{ STRIPE_ENDPOINT: BAD }, 'STRIPE_ENDPOINT'],
    [{ KMS_ENDPOINT: BAD }, 'KMS_ENDPOINT'],
    [{ STRIPE_SANDBOX_SHORTEST_CHECKOUT_SECONDS: '0' }, 'STRIPE_SANDBOX_SHORTEST_CHECKOUT_SECONDS'],
    [{ STRIPE_API_KEY: `sk_test_${PLANTED}` }, 'STRIPE_WEBHOOK_SECRET'],
    [{ OIDC_ISSUER: `https://${PLANTED}.test` }, 'OIDC_CLIENT_ID'],
  ])('refuses %o', ([environment, setting]) => {
    let message = '';
    try {
      readsStack(environment);
    } catch (error) {
      message = error instanceof Error ? error.message : '';
    }
    expect(named(message.replace('Bad settings:', ''))).toEqual([setting]);
    expect(message).not.toContain(PLANTED);
  });
});

const project = new URL('..', import.meta.url);
/** The settings that .env.example describes. */
const described = () =>
  [...readFileSync(new URL('.env.example', project), 'utf8').matchAll(/^# ([A-Z][A-Z0-9_]+)=/gm)].map(
    ([, name = '']) => name,
  );

describe('.env.example', () => {
  it('describes each setting once, and those that are known by name are these', () => {
    const names = described();
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    expect(SETTING_NAMES.toSorted()).toEqual(names.toSorted());
  });

  it('says the defaults, and may be put into the environment by a shell as well as by Node', () => {
    const text = readFileSync(new URL('.env.example', project), 'utf8').replaceAll(/^# (?=[A-Z][A-Z0-9_]+=)/gm, '');
    const given = parseEnv(text);
    expect(Object.keys(given).toSorted()).toEqual(described().toSorted());
    const dump = 'set -a; . "$0"; set +a; exec "$1" -p "JSON.stringify(process.env)"';
    const shell = spawnSync('sh', ['-c', dump, fileWith(text), process.execPath], { env: {}, encoding: 'utf8' });
    expect({ errors: shell.stderr, ...JSON.parse(shell.stdout) }).toMatchObject({ errors: '', ...given });
    for (const name of processNames) {
      const good = goodOf(name);
      expect(processes[name].read({ ...given, ...good })).toEqual(processes[name].read(good));
    }
    expect(() => readsStack(given)).not.toThrow();
  });

  it('describes nothing that nobody reads', () => {
    const read = new Set(processNames.flatMap(asked));
    const local = ['infra/local', 'infra/setup', 'tests/browser', 'db'].flatMap((place) => sourcesOf(place));
    const unread = described().filter((name) => !read.has(name) && !local.some((source) => source.includes(name)));
    expect(unread).toEqual([]);
  });
});

function sourcesOf(place: string): string[] {
  return readdirSync(new URL(`${place}/`, project), { recursive: true, encoding: 'utf8' })
    .filter((path) => /(?<!\.test)\.(ts|mjs)$/.test(path))
    .map((path) => readFileSync(new URL(`${place}/${path}`, project), 'utf8'));
}

describe('a name that is nearly that of a setting', () => {
  it.for([
    ['RETENTION_SECOND', 'RETENTION_SECONDS'],
    ['STRIPE_APIKEY', 'STRIPE_API_KEY'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASE_ULR', 'DATABASE_URL'],
    ['MAIL_ULR', 'MAIL_URL'],
    ['OIDC_CLIENT_SECRT_FILE', 'OIDC_CLIENT_SECRET'],
    ['TRUSTED_PROXY', undefined],
    ['TRUSTED_PROXYES', 'TRUSTED_PROXIES'],
    ['HOME', undefined],
    ['HOSTNAME', undefined],
    ['NODE_OPTIONS', undefined],
    ['AWS_PROFILE', undefined],
    ['PUBLIC_URL', undefined],
    ['PUBLIC_URL_FILE', undefined],
  ])('%s is taken for %s', ([name = '', meant]) => {
    expect(misspelt({ [name]: PLANTED })).toEqual(meant === undefined ? [] : [{ name, meant }]);
  });

  it('is no name of our own', () => {
    expect(misspelt(Object.fromEntries(SETTING_NAMES.map((name) => [name, 'x'])))).toEqual([]);
  });
});
