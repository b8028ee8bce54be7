// Reference genomes on this worker's disk: fetched once from the store, verified by checksum, kept for later jobs.

import { createHash, randomUUID } from 'node:crypto';
import { addAbortListener } from 'node:events';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../../db/client.ts';
import { findReference, type Reference } from '../../db/references.ts';
import type { ReferenceFile } from '../../db/schema/index.ts';
import { VarloomError } from '../../domain/errors.ts';
import { system } from '../../domain/principal.ts';
import type { ObjectStore } from '../../store/store.ts';
import type { LocalReference } from '../engine/engine.ts';

export interface ReferenceCache {
  /** @throws VarloomError `genome_not_found` */
  local(name: string, signal: AbortSignal): Promise<LocalReference>;
}

export interface ReferenceCacheDependencies {
  database: Database;
  store: ObjectStore;
  /** Kept between runs; may be deleted at any time while no worker runs. */
  directory: string;
}

/** File names as the tools expect them: an index lies beside its file. */
const FILES = {
  fasta: 'genome.fa',
  fastaIndex: 'genome.fa.fai',
  gff: 'genes.gff3.gz',
  known: 'known.tsv.gz',
  knownIndex: 'known.tsv.gz.tbi',
} as const;

export function createReferenceCache({ database, store, directory }: ReferenceCacheDependencies): ReferenceCache {
  /** One fetch at a time per reference, however many jobs want it. */
  const fetching = new Map<string, Promise<string>>();

  return {
    async local(name, signal) {
      const reference = await findReference(database, system('reference-cache'), name);
      if (!reference)
        throw new VarloomError('genome_not_found', `There is no reference genome ${name}.`, { genome: name });
      // The content names the directory: a reference that is installed anew is fetched anew.
      const path = join(directory, `${reference.name}-${contentId(reference)}`);
      let fetch = fetching.get(path);
      if (!fetch) {
        fetch = fetchInto(path, reference).finally(() => fetching.delete(path));
        fetching.set(path, fetch);
      }
      await abortable(fetch, signal);
      return describe(reference, path);
    },
  };

  async function fetchInto(path: string, reference: Reference): Promise<string> {
    if (await exists(path)) return path;
    const partial = `${path}.${randomUUID()}.part`;
    await mkdir(partial, { recursive: true });
    try {
      for (const [part, fileName] of Object.entries(FILES)) {
        const file: ReferenceFile | undefined = reference.files[part as keyof typeof FILES];
        if (!file) continue;
        const fetched = await store.download({ bucket: 'results', key: file.key }, join(partial, fileName));
        if (fetched.sha256 !== file.sha256) {
          throw new Error(
            `the ${part} file of reference ${reference.name} in the store has another checksum than was installed`,
          );
        }
      }
      await rename(partial, path).catch(async (error: unknown) => {
        // Another worker on this disk was quicker, with the same content.
        if (!(await exists(path))) throw error;
      });
      return path;
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }
}

function describe(reference: Reference, path: string): LocalReference {
  const { files } = reference;
  return {
    name: reference.name,
    description: reference.description,
    fastaPath: join(path, FILES.fasta),
    gffPath: join(path, FILES.gff),
    knownPath: files.known ? join(path, FILES.known) : undefined,
    contigs: reference.contigs,
    checksums: {
      fasta: files.fasta.sha256,
      gff: files.gff.sha256,
      ...(files.known ? { known: files.known.sha256 } : {}),
    },
  };
}

function contentId(reference: Reference): string {
  const hash = createHash('sha256');
  for (const part of Object.keys(FILES)) hash.update(`${reference.files[part as keyof typeof FILES]?.sha256 ?? '-'}\n`);
  return hash.digest('hex').slice(0, 16);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The fetch goes on for the others who wait for it; only this wait ends. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const listening = addAbortListener(signal, () => {
    aborted.reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    listening[Symbol.dispose]();
  }
}
