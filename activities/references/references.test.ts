// Reference genomes from the files that a person gives to the worker's disk, over a real store and Postgres.

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../db/client.ts';
import { findReference, listReferences } from '../../db/references.ts';
import { system } from '../../domain/principal.ts';
import type { S3 } from '../../store/client.ts';
import type { ObjectStore } from '../../store/store.ts';
import { ownDatabase, type OwnDatabase } from '../../tests/support/own-database.ts';
import { createTestStore } from '../../tests/support/test-store.ts';
import { createReferenceCache } from './cache.ts';
import { installReference, type ReferenceRequest } from './install.ts';
import { ReferenceError } from './source.ts';

let own: OwnDatabase;
let database: Database;
let s3: S3;
let store: ObjectStore;
let directory: string;
beforeAll(async () => {
  own = await ownDatabase();
  ({ database } = own);
  ({ s3, store } = await createTestStore());
  directory = await mkdtemp(join(tmpdir(), 'varloom-references-'));
});
afterAll(async () => {
  s3.client.destroy();
  await own.close();
  await rm(directory, { recursive: true, force: true });
});

const sha256Of = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');
/** One coding gene on a synthetic contig. */
const FASTA = `>1 synthetic\n${`${'ACGT'.repeat(15)}\n`.repeat(10)}>2 synthetic\n${'GGCC'.repeat(15)}\n`;
const gffOf = (contig: string) =>
  [
    '##gff-version 3',
    [contig, 's', 'gene', 1, 300, '.', '+', '.', 'ID=gene:g;Name=G;biotype=protein_coding'],
    [contig, 's', 'mRNA', 1, 300, '.', '+', '.', 'ID=transcript:t;Parent=gene:g;biotype=protein_coding'],
    [contig, 's', 'exon', 1, 300, '.', '+', '.', 'Parent=transcript:t'],
    [contig, 's', 'CDS', 1, 300, '.', '+', '0', 'ID=CDS:p;Parent=transcript:t'],
    '',
  ]
    .map((line) => (Array.isArray(line) ? line.join('\t') : line))
    .join('\n');
const knownOf = (...lines: [string, number, string, string, string][]) =>
  lines.map((line) => `${line.join('\t')}\n`).join('');
const KNOWN = knownOf(['1', 10, 'C', 'T', 'rs1'], ['1', 20, 'T', 'A', 'rs2'], ['2', 5, 'G', 'A', 'rs3']);

async function file(content: string | Buffer): Promise<string> {
  const path = join(directory, randomUUID());
  await writeFile(path, content);
  return path;
}

async function install(changes: Partial<ReferenceRequest> = {}) {
  const name = changes.name ?? `genome-${randomUUID().slice(0, 8)}`;
  const said: string[] = [];
  const request = {
    description: 'Synthetic',
    fasta: await file(FASTA),
    gff: await file(gffOf('1')),
    makeDefault: false,
    ...changes,
    name,
  };
  const { contigs } = await installReference({ database, store, say: (line) => said.push(line) }, request);
  return { name, contigs, said: said.join('\n') };
}
const local = async (name: string, at = join(directory, randomUUID())) => {
  await mkdir(at, { recursive: true });
  return createReferenceCache({ database, store, directory: at }).local(name, new AbortController().signal);
};

describe('installing', () => {
  it('brings the files to a worker as the engine needs them, and names the first one the default', async () => {
    const { name, contigs } = await install({ name: 'first', known: await file(KNOWN) });
    expect(contigs).toEqual([
      { name: '1', length: 600 },
      { name: '2', length: 60 },
    ]);
    const reference = await local(name);
    expect(reference).toMatchObject({ name, description: 'Synthetic', contigs });
    expect(await readFile(reference.fastaPath, 'utf8')).toBe(FASTA);
    expect(sha256Of(await readFile(reference.fastaPath))).toBe(reference.checksums.fasta);
    expect(await readFile(`${reference.fastaPath}.fai`, 'utf8')).toMatch(/^1\t600\t/);
    expect(gunzipSync(await readFile(reference.gffPath)).toString()).toBe(gffOf('1'));
    expect(gunzipSync(await readFile(reference.knownPath ?? '')).toString()).toBe(KNOWN);
    expect((await readFile(`${reference.knownPath}.tbi`)).length).toBeGreaterThan(0);
    const other = await install();
    expect((await findReference(database, system('test'), undefined))?.name).toBe('first');
    await install({ name: other.name, makeDefault: true });
    expect((await findReference(database, system('test'), undefined))?.name).toBe(other.name);
  });

  it('takes gzip, an address, and a checksum that is right', async () => {
    const gzip = gzipSync(FASTA);
    const server = createServer((_request, response) => response.end(gzip)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const { name } = await install({
        fasta: `http://127.0.0.1:${port}/genome.fa.gz`,
        gff: await file(gzipSync(gffOf('1'))),
        known: await file(gzipSync(KNOWN)),
        sha256: { fasta: sha256Of(gzip).toUpperCase() },
      });
      expect(await readFile((await local(name)).fastaPath, 'utf8')).toBe(FASTA);
    } finally {
      server.close();
    }
  });

  it('takes known variants from a VCF', async () => {
    const vcf = `##fileformat=VCFv4.2\n##contig=<ID=1,length=600>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t10\trs1\tC\tT\t.\t.\t.\n`;
    const { knownPath } = await local((await install({ known: await file(vcf) })).name);
    expect(gunzipSync(await readFile(knownPath ?? '')).toString()).toBe('1\t10\tC\tT\trs1\n');
  });

  it('reconciles names that differ by chr, leaves out what the FASTA lacks, and says both', async () => {
    const { name, said } = await install({
      gff: await file(gffOf('chr1') + gffOf('HLA-A').replaceAll(/:([gtp])\b/g, ':$1-2')),
      known: await file(knownOf(['chr1', 10, 'C', 'T', 'rs1'], ['chrUn', 10, 'C', 'T', 'rs2'])),
    });
    expect(said).toContain('1 contigs of the GFF differ from the FASTA by "chr" only');
    expect(said).toContain('1 contigs of the GFF are not in the FASTA, and are left out: HLA-A');
    expect(said).toContain('not in the FASTA: chrUn');
    const { gffPath, knownPath } = await local(name);
    expect(gunzipSync(await readFile(gffPath)).toString()).toBe(`${gffOf('1')}##gff-version 3\n`);
    expect(gunzipSync(await readFile(knownPath ?? '')).toString()).toBe('1\t10\tC\tT\trs1\n');
  });

  const wrong = '0'.repeat(64);
  it.for<[string, () => Promise<Partial<ReferenceRequest>>, RegExp]>([
    ['a GFF of another genome', async () => ({ gff: await file(gffOf('NC_045512.2')) }), /different genomes/],
    ['a GFF that is none', async () => ({ gff: await file('1\tnonsense\n') }), /cannot use the GFF/],
    ['an empty GFF', async () => ({ gff: await file('') }), /no contig in common/],
    ['a FASTA that is none', async () => ({ fasta: await file('<html>') }), /FASTA/],
    ['an empty FASTA', async () => ({ fasta: await file('') }), /FASTA/],
    ['a truncated gzip', async () => ({ fasta: await file(gzipSync(FASTA).subarray(0, -12)) }), /cannot be inflated/],
    ['a wrong checksum of the FASTA', async () => ({ sha256: { fasta: wrong } }), /another file, or was damaged/],
    ['a wrong checksum of the GFF', async () => ({ sha256: { gff: wrong } }), /another file, or was damaged/],
    [
      'a wrong checksum of the known variants',
      async () => ({ known: await file(KNOWN), sha256: { known: wrong } }),
      /another file, or was damaged/,
    ],
    [
      'unsorted known variants',
      async () => ({ known: await file(knownOf(['1', 20, 'T', 'A', 'rs2'], ['1', 10, 'C', 'T', 'rs1'])) }),
      /must be sorted/,
    ],
    [
      'known variants of another genome',
      async () => ({ known: await file(knownOf(['chrX', 20, 'T', 'A', 'rs2'])) }),
      /different genomes/,
    ],
    ['no known variants', async () => ({ known: await file('') }), /empty/],
  ])('refuses %s, and installs nothing', async ([, changes, reason]) => {
    const name = `refused-${randomUUID().slice(0, 8)}`;
    const attempt = install({ ...(await changes()), name });
    await expect(attempt).rejects.toThrow(reason);
    await expect(attempt).rejects.toBeInstanceOf(ReferenceError);
    expect((await listReferences(database, system('test'))).map((reference) => reference.name)).not.toContain(name);
    for await (const { key } of store.list('results', `references/${name}/`)) expect(key).toBeUndefined();
  });
});

describe('the cache of a worker', () => {
  const counting = () => {
    const fetched: string[] = [];
    const download: ObjectStore['download'] = (ref, path, options) => {
      fetched.push(ref.key);
      return store.download(ref, path, options);
    };
    return { fetched, store: { ...store, download } };
  };

  it('fetches each file once, for twenty jobs at once and for later ones', async () => {
    const { name } = await install({ known: await file(KNOWN) });
    const at = join(directory, randomUUID());
    await mkdir(at);
    const counted = counting();
    const cache = createReferenceCache({ database, store: counted.store, directory: at });
    const { signal } = new AbortController();
    const all = await Promise.all(Array.from({ length: 20 }, () => cache.local(name, signal)));
    expect(new Set(all.map(({ fastaPath }) => fastaPath)).size).toBe(1);
    expect(counted.fetched).toHaveLength(5);
    const again = createReferenceCache({ database, store: counted.store, directory: at });
    expect(await again.local(name, signal)).toEqual(all[0]);
    expect(counted.fetched).toHaveLength(5);
  });

  it('goes on fetching for the others when one stops waiting', async () => {
    const { name } = await install();
    const at = join(directory, randomUUID());
    await mkdir(at);
    const counted = counting();
    const cache = createReferenceCache({ database, store: counted.store, directory: at });
    const leaving = new AbortController();
    const [left, stayed] = [cache.local(name, leaving.signal), cache.local(name, new AbortController().signal)];
    leaving.abort(new Error('cancelled'));
    await expect(left).rejects.toThrow('cancelled');
    expect(await stayed).toMatchObject({ name });
    expect(counted.fetched).toHaveLength(3);
  });

  it('refuses a file whose checksum is not the installed one, leaves nothing, and fetches anew afterwards', async () => {
    const { name } = await install();
    const files = (await findReference(database, system('test'), name))?.files;
    const damaged = { Bucket: s3.bucketNames.results, Key: files?.gff.key, Body: 'damaged' };
    await s3.client.send(new PutObjectCommand(damaged));
    const at = join(directory, randomUUID());
    await expect(local(name, at)).rejects.toThrow('another checksum than was installed');
    expect(await readdir(at)).toEqual([]);
    await install({ name });
    expect(await local(name, at)).toMatchObject({ name });
  });

  it('fetches anew what was installed anew', async () => {
    const { name } = await install();
    const at = join(directory, randomUUID());
    const before = await local(name, at);
    await install({ name, fasta: await file(FASTA.replace('>2 synthetic\nGG', '>2 synthetic\nAA')) });
    const after = await local(name, at);
    expect(after.fastaPath).not.toBe(before.fastaPath);
    expect(after.checksums.fasta).not.toBe(before.checksums.fasta);
  });

  it('knows no genome that is not installed', async () => {
    await expect(local('hg19')).rejects.toMatchObject({ type: 'genome_not_found' });
  });
});
