// How a run ends before its time: aborted, out of bounds, or by the fault of a process. It leaves nothing behind.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VarloomError } from '../../../domain/errors.ts';
import {
  DEMO_PLAN,
  demoVariants,
  installSyntheticReference,
  writeManyVariants,
  writeVcf,
} from '../../../tests/support/vcf.ts';
import { EngineInterrupted, EngineKilled, type LocalReference } from '../engine.ts';
import { runEngine } from './engine-run.ts';
import { createBcftoolsEngine } from './index.ts';

const run = promisify(execFile);

describe('a run of the engine ends early and leaves nothing', () => {
  const engine = createBcftoolsEngine();
  let root: string;
  let reference: LocalReference;
  let demo: string;
  let large: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'varloom-ending-'));
    const { genome, ...rest } = await installSyntheticReference(join(root, 'reference'), DEMO_PLAN);
    reference = rest.reference;
    demo = writeVcf(genome, demoVariants(genome, { seed: 9, count: 2_000 }));
    await writeManyVariants(join(root, 'large.vcf'), genome, 150_000);
    large = await readFile(join(root, 'large.vcf'), 'utf8');
  });
  afterAll(async () => {
    await engine.close();
    await rm(root, { recursive: true, force: true });
  });

  const reason = new Error('the owner cancelled');

  test('when aborted before it begins', async () => {
    const result = await runEngine(engine, root, reference, demo, { signal: AbortSignal.abort(reason) });
    expect(result).toMatchObject({ error: reason, files: [] });
  });

  test.each(['validating', 'annotating'])('when aborted as it begins %s', async (phaseToEnd) => {
    const abort = new AbortController();
    const onProgress = ({ phase }: { phase: string }): void => {
      if (phase === phaseToEnd) abort.abort(reason);
    };
    const result = await runEngine(engine, root, reference, large, { signal: abort.signal, onProgress });
    expect(result).toMatchObject({ error: reason, files: [] });
  });

  test.each(['', "trap '' USR1; "])('when aborted while a stage hangs%s', async (deafness) => {
    // The stage tells its pid through a named pipe, whose reading ends as soon as it has.
    const told = join(await mkdtemp(join(root, 'told-')), 'pid');
    await run('mkfifo', [told]);
    const hanging = await engineWith('csq', `${deafness}echo $$ > ${told}; exec sleep 600`);
    const abort = new AbortController();
    const running = runEngine(hanging, root, reference, large, { signal: abort.signal });
    const pid = Number(await readFile(told, 'utf8'));
    expect(pid).toBeGreaterThan(1);
    abort.abort(reason);
    expect(await running).toMatchObject({ error: reason, files: [] });
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await hanging.close();
  });

  test('when it takes more memory than allowed', async () => {
    const input = large;
    const result = await runEngine(engine, root, reference, input, { limits: { memoryBytes: 1_000_000 } });
    expect(result.error).toMatchObject({ type: 'engine_out_of_bounds', message: expect.stringMatching(/memory/) });
    expect(result.files).toEqual([]);
  });

  test('when it takes longer than allowed', async () => {
    const result = await runEngine(engine, root, reference, large, { limits: { wallSeconds: 0.05 } });
    expect(result.error).toMatchObject({
      type: 'engine_out_of_bounds',
      message: expect.stringMatching(/0\.05 seconds/),
    });
    expect(result.files).toEqual([]);
  });

  /** An engine whose `bcftools SUBCOMMAND` is the shell text instead, reading and writing as the real one would. */
  async function engineWith(subcommand: string, shell: string) {
    const path = join(await mkdtemp(join(root, 'bin-')), 'bcftools');
    await writeFile(path, `#!/bin/sh\nif [ "$1" = ${subcommand} ]; then ${shell}; else exec bcftools "$@"; fi\n`, {
      mode: 0o755,
    });
    return createBcftoolsEngine({ bcftools: path });
  }

  test.each([
    ['a stage that is killed from outside', 'csq', 'kill -9 $$', EngineKilled, /ended from outside by SIGKILL/],
    ['a stage that is ended from outside', 'csq', 'kill -15 $$', EngineInterrupted, /ended from outside by SIGTERM/],
    ['a last stage that is ended so', 'annotate', 'kill -15 $$', EngineInterrupted, /ended from outside by SIGTERM/],
    [
      'a stage that fails',
      'csq',
      'echo "Error: bad genes" >&2; exit 3',
      VarloomError,
      /bcftools csq failed \(exit code 3\): Error: bad genes/,
    ],
    [
      'a last stage that fails',
      'annotate',
      'cat >/dev/null; exit 1',
      VarloomError,
      /bcftools annotate failed \(exit code 1\)/,
    ],
    ['a stage that crashes', 'annotate', 'kill -11 $$', VarloomError, /bcftools annotate failed \(signal SIGSEGV\)/],
    [
      'a stage that stops reading without a word',
      'annotate',
      'bcftools view - | head -n 50',
      VarloomError,
      // Which of the two is seen depends on how much the stage before it had yet to write.
      /stopped before the end|records went into the engine/,
    ],
    [
      'a stage that loses records without a word',
      'annotate',
      'bcftools view - | awk "NR <= 500"',
      VarloomError,
      /2000 records went into the engine and \d+ came out/,
    ],
  ])('when there is %s', async (_, subcommand, shell, kind, says) => {
    const faulty = await engineWith(subcommand, shell);
    try {
      const result = await runEngine(faulty, root, reference, demo);
      expect(result.error).toBeInstanceOf(kind);
      expect(result.error).toMatchObject({ message: expect.stringMatching(says) });
      expect(result.files).toEqual([]);
    } finally {
      await faulty.close();
    }
  });

  test('when bcftools is not installed', async () => {
    const missing = createBcftoolsEngine({ bcftools: join(root, 'nowhere/bcftools') });
    const result = await runEngine(missing, root, reference, demo);
    await missing.close();
    expect(result.error).toMatchObject({
      type: 'engine_failed',
      message: expect.stringMatching(/cannot be started/),
    });
  });
});
