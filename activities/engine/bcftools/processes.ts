// The engine's processes: joined by kernel pipes as a shell joins them, watched for memory, never left behind.
// One small shell starts them all and tells how each ended.

import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { constants as systemConstants } from 'node:os';
import { basename } from 'node:path';
import { FIRST_ERROR_FD, MOST_STREAMS, quoted, STATUS_FD, type Shell } from './shells.ts';

export interface Stage {
  /** What errors and the log call it. */
  name: string;
  command: string;
  arguments: readonly string[];
}

/** Stages that read one another's output; the first reads from this process. */
export interface Chain {
  stages: readonly Stage[];
  /** The file, relative to the directory, that the last stage writes; without it this process reads its output. */
  outputName?: string;
}

export interface StageExit {
  stage: Stage;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The end of what it said on its error stream. */
  messages: string;
}

export interface Pipeline {
  /** Of each chain: the descriptor to write to, and the one to read from. The caller closes them; they block. */
  ends: readonly { inputFd: number; outputFd: number | undefined }[];
  /** How each stage ended, in order, once all have. */
  exits: () => Promise<StageExit[]>;
  /** Ends every stage that runs, by STOP_SIGNAL and after a while by SIGKILL, and waits for them. */
  stop: () => Promise<void>;
  residentBytes: () => number;
}

/** Ours alone: a stage that ended by SIGTERM was ended by somebody else, who may have meant all processes of the machine. */
export const STOP_SIGNAL = 'SIGUSR1';
const KILL_AFTER_MS = 2_000;

/** How a stage is called in log and provenance: the program by its name, the rest as it is run. */
export function commandLine(stage: Stage): string {
  return words(basename(stage.command), stage.arguments);
}

function words(command: string, given: readonly string[]): string {
  return [command, ...given].map(quoted).join(' ');
}

/**
 * Starts all stages of all chains in `directory`, at most six.
 * @throws Error when that cannot be done; nothing runs then
 */
export async function startPipeline(shell: Shell, directory: string, chains: readonly Chain[]): Promise<Pipeline> {
  const { script, stages, chainPipes } = plan(directory, chains, await shell.pipes());
  const ends: { inputFd: number; outputFd: number | undefined }[] = [];
  const held: number[] = [];

  const pids: (number | undefined)[] = stages.map(() => undefined);
  const codes: (number | undefined)[] = stages.map(() => undefined);
  const opened = Promise.withResolvers<void>();
  let openCount = 0;
  let ended: Promise<void> = Promise.resolve();
  const alive = (): number[] =>
    pids.filter((pid, index) => pid !== undefined && codes[index] === undefined) as number[];
  const signalAll = (signal: NodeJS.Signals): void => {
    for (const pid of alive()) {
      try {
        process.kill(pid, signal);
      } catch {
        // It ended in this moment.
      }
    }
  };
  const stop = async (): Promise<void> => {
    signalAll(STOP_SIGNAL);
    const timer = setTimeout(() => {
      signalAll('SIGKILL');
      // The shell goes on when its stages have ended, and leaves no zombies; only one that never got so far is killed.
      if (pids.includes(undefined)) shell.kill();
    }, KILL_AFTER_MS);
    await ended.catch(() => {});
    clearTimeout(timer);
  };

  try {
    // Held open for both, a named pipe lets everyone open an end without waiting for the other.
    for (const path of chainPipes.flat()) held.push(openSync(path, constants.O_RDWR));
    for (const [index, { outputName }] of chains.entries()) {
      const inputFd = openSync(chainPipes[index]?.[0] ?? '', constants.O_WRONLY);
      const output = outputName === undefined ? chainPipes[index]?.at(-1) : undefined;
      ends.push({ inputFd, outputFd: output === undefined ? undefined : openSync(output, constants.O_RDONLY) });
    }
    ended = shell.run(script, stages.length, (line) => {
      const [what, stage, value] = line.split(' ');
      if (what === 'open') openCount++;
      if (what === 'pid') pids[Number(stage)] = Number(value);
      if (what === 'exit') codes[Number(stage)] = Number(value);
      if (openCount === stages.length && !pids.includes(undefined)) opened.resolve();
    });
    // Who waits for it sees the error; until then it must not end the process.
    ended.catch(() => {});
    const failed = ended.then(() => {
      throw new Error(`the engine's processes could not be started: ${shell.messages().join(' ').trim()}`);
    });
    await Promise.race([opened.promise, failed]);
    failed.catch(() => {});
  } catch (error) {
    for (const { inputFd, outputFd } of ends) {
      closeSync(inputFd);
      if (outputFd !== undefined) closeSync(outputFd);
    }
    await stop();
    throw error;
  } finally {
    for (const fd of held) closeSync(fd);
  }

  return {
    ends,
    stop,
    exits: async () => {
      await ended;
      const messages = shell.messages();
      return stages.map((stage, index) => ({ stage, ...ending(codes[index]), messages: messages[index] ?? '' }));
    },
    residentBytes: () => alive().reduce((sum, pid) => sum + residentBytesOf(pid), 0),
  };
}

interface Plan {
  script: string;
  stages: Stage[];
  /** Of each chain, in order: before each stage, and after the last where this process reads its output. */
  chainPipes: string[][];
}

/** The shell's script: it says `open`, `pid` and `exit` of each stage, and ends when they have. */
function plan(directory: string, chains: readonly Chain[], pipes: readonly string[]): Plan {
  const stages = chains.flatMap((chain) => chain.stages);
  if (stages.length > MOST_STREAMS)
    throw new RangeError(`${stages.length} stages are more than a shell can tell apart`);
  const free = [...pipes];
  const chainPipes = chains.map((chain) =>
    free.splice(0, chain.stages.length + (chain.outputName === undefined ? 1 : 0)),
  );
  const closeErrors = ERROR_FDS.map((fd) => `${fd}>&-`).join(' ');
  const starts = chains
    .flatMap((chain, chainIndex) =>
      chain.stages.map((stage, place) => ({
        stage,
        input: chainPipes[chainIndex]?.[place] ?? '',
        output: chainPipes[chainIndex]?.[place + 1] ?? chain.outputName ?? '',
      })),
    )
    .flatMap(({ stage, input, output }, index) => {
      const run = `trap - TERM; echo open >&${STATUS_FD}; exec ${words(stage.command, stage.arguments)} ${STATUS_FD}>&-`;
      const redirections = `<${quoted(input)} >${quoted(output)} 2>&${FIRST_ERROR_FD + index} ${closeErrors}`;
      return [`( ${run} ) ${redirections} &`, `p${index}=$!`, `echo pid ${index} $p${index} >&${STATUS_FD}`];
    });
  const waits = stages.map((_, index) => `wait $p${index}; echo exit ${index} $? >&${STATUS_FD}`);
  const enter = `cd ${words('--', [directory])} 2>&${FIRST_ERROR_FD}`;
  return { script: [`if ${enter}; then`, ...starts, ...waits, `cd /`, `fi`].join('\n'), stages, chainPipes };
}

const ERROR_FDS = Array.from({ length: MOST_STREAMS }, (_, index) => FIRST_ERROR_FD + index);

/** A shell gives a signal as 128 and its number; bcftools itself exits with 255, which is none. */
function ending(status: number | undefined): { code: number | null; signal: NodeJS.Signals | null } {
  if (status === undefined) return { code: null, signal: 'SIGKILL' };
  const signals = Object.entries(systemConstants.signals) as [NodeJS.Signals, number][];
  const signal = status > 128 ? signals.find(([, number]) => number === status - 128)?.[0] : undefined;
  return signal === undefined ? { code: status, signal: null } : { code: null, signal };
}

const PAGE_BYTES = 4096;

/** 0 where the system has no /proc or the process has ended. */
function residentBytesOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1] ?? 0) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
