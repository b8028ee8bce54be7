// The files a reference is made of: from a path or an address, plain or gzip, checked, and brought into the form that
// the engine needs: a plain FASTA with its index, gene models and known variants that name contigs as the FASTA does.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

/** A mistake of the person who installs a reference, said in a way that helps. */
export class ReferenceError extends Error {
  override name = 'ReferenceError';
}

export interface Contig {
  name: string;
  length: number;
}

/** Copies `source` (path or URL) to `path`, inflated. With `sha256`, the source as given must have that checksum. */
export async function fetchPlain(source: string, path: string, sha256?: string): Promise<void> {
  const hash = createHash('sha256');
  const observe = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const raw = `${path}.download`;
  await pipeline(await openSource(source), observe, createWriteStream(raw));
  const actual = hash.digest('hex');
  if (sha256 && actual !== sha256.toLowerCase()) {
    throw new ReferenceError(`${source} has SHA-256 ${actual}, not ${sha256}: it is another file, or was damaged.`);
  }
  const isGzip = (await firstBytes(raw)).equals(Buffer.from([0x1f, 0x8b]));
  try {
    if (isGzip) await pipeline(createReadStream(raw), createGunzip(), createWriteStream(path));
    else await rename(raw, path);
  } catch (error) {
    throw new ReferenceError(`${source} cannot be inflated: ${error instanceof Error ? error.message : 'damaged'}.`);
  }
}

async function openSource(source: string): Promise<NodeJS.ReadableStream> {
  if (!/^https?:\/\//.test(source)) return createReadStream(source);
  const answer = await fetch(source, { signal: AbortSignal.timeout(6 * 3600 * 1000) });
  if (!answer.ok || !answer.body) throw new ReferenceError(`${source} answered ${answer.status}.`);
  return Readable.fromWeb(answer.body);
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Indexes a FASTA (samtools faidx) and reads its contigs from the index. */
export async function indexFasta(path: string): Promise<Contig[]> {
  await run('samtools', ['faidx', path], 'The FASTA cannot be indexed');
  const contigs = (await readFile(`${path}.fai`, 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', length = '0'] = line.split('\t');
      return { name, length: Number(length) };
    });
  if (contigs.length === 0) throw new ReferenceError('The FASTA has no sequence.');
  return contigs;
}

export interface Reconciliation {
  renamed: number;
  /** Contigs that the FASTA does not have; their lines are left out. */
  unknown: string[];
}

/**
 * Rewrites the first column of a tab-separated file to the FASTA's contig names, where they differ only by `chr`.
 * @throws ReferenceError when no contig is the FASTA's
 */
export async function reconcileContigs(
  from: string,
  to: string,
  contigs: readonly Contig[],
  what: string,
): Promise<Reconciliation> {
  const names = new Map<string, string>();
  for (const { name } of contigs) {
    names.set(name.startsWith('chr') ? name.slice(3) : `chr${name}`, name);
  }
  for (const { name } of contigs) names.set(name, name);
  const [renamed, unknown, known] = [new Set<string>(), new Set<string>(), new Set<string>()];

  async function* rewritten() {
    for await (const line of createInterface({ input: createReadStream(from), crlfDelay: Infinity })) {
      const tab = line.indexOf('\t');
      if (line.startsWith('#') || tab < 0) {
        yield `${line}\n`;
        continue;
      }
      const contig = line.slice(0, tab);
      const name = names.get(contig);
      if (name === undefined) {
        unknown.add(contig);
        continue;
      }
      known.add(name);
      if (name !== contig) renamed.add(contig);
      yield name + line.slice(tab) + '\n';
    }
  }
  await pipeline(Readable.from(rewritten()), createWriteStream(to));
  if (known.size === 0) {
    throw new ReferenceError(
      `The ${what} and the FASTA have no contig in common: ${[...unknown].slice(0, 3).join(', ') || 'none'} against ` +
        `${contigs
          .slice(0, 3)
          .map(({ name }) => name)
          .join(', ')}. They are of different genomes.`,
    );
  }
  return { renamed: renamed.size, unknown: [...unknown] };
}

/** Runs a tool; its last words become the error. Returns what it printed. */
export async function run(command: string, args: readonly string[], failure: string, input?: string): Promise<string> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A tool that ends early does not read its input to the end; its exit code tells why.
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => reject(new ReferenceError(`${command} cannot be run: ${error.message}`)));
    child.on('close', resolve);
  });
  if (code !== 0) {
    const words = Buffer.concat(stderr).toString('utf8').trim().split('\n').slice(-3).join(' ');
    throw new ReferenceError(`${failure}: ${words || `${command} ended with ${code}`}`);
  }
  return Buffer.concat(stdout).toString('utf8');
}
