// What the ends and the messages of the engine's processes mean for the user: the input's fault, the engine's, or another's.

import { VarloomError } from '../../../domain/errors.ts';
import { EngineInterrupted, EngineKilled } from '../engine.ts';
import type { StageExit } from './processes.ts';

/** The error of a run whose stages did not all end well, or undefined when they did. */
export function stageProblem(exits: readonly StageExit[]): Error | undefined {
  // A stage that dies takes its neighbours with it: those that lost a pipe are not the cause.
  const failed = exits.filter((exit) => exit.code !== 0 && exit.signal !== 'SIGPIPE');
  const cause = failed[0];
  if (cause === undefined) return stoppedReading(exits);
  const inputProblem = recordProblem(failed);
  if (inputProblem !== undefined) return inputProblem;
  const { stage, code, signal } = cause;
  if (signal === 'SIGKILL' || signal === 'SIGTERM' || signal === 'SIGINT' || signal === 'SIGHUP') {
    const Kind = signal === 'SIGKILL' ? EngineKilled : EngineInterrupted;
    return new Kind(`${stage.name} was ended from outside by ${signal}`);
  }
  if (/no space left|quota exceeded|input\/output error/i.test(cause.messages)) {
    return new EngineInterrupted(`${stage.name} could not write: ${lastMessage(cause)}`);
  }
  if (/out of memory|cannot allocate|alloc\w* failed/i.test(cause.messages)) {
    return new VarloomError('engine_out_of_bounds', `${stage.name} ran out of memory.`, { stage: stage.name });
  }
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  const said = lastMessage(cause);
  return new VarloomError('engine_failed', `${stage.name} failed (${how})${said === '' ? '' : `: ${said}`}.`, {
    stage: stage.name,
    exit_code: code,
    signal,
  });
}

/** A stage lost its reader though that one ended with exit code 0, as bcftools does on some bad records. */
function stoppedReading(exits: readonly StageExit[]): VarloomError | undefined {
  const bereft = exits.find((exit) => exit.signal === 'SIGPIPE');
  if (bereft === undefined) return undefined;
  const message = `What reads the output of ${bereft.stage.name} stopped before the end, without an error.`;
  return recordProblem(exits) ?? new VarloomError('engine_records_lost', message, { stage: bereft.stage.name });
}

/** The record that a stage complained of, though it may have ended with exit code 0. */
export function recordProblem(exits: readonly StageExit[]): VarloomError | undefined {
  for (const { stage, messages } of exits) {
    const match = /\[E::[^\]]*\] (.*?) at (\S+):(\d+)/.exec(messages);
    if (match === null) continue;
    const [, why, contig, position] = match;
    const where = `${contig}:${position}`;
    return new VarloomError('input_malformed_record', `The record at ${where} is not valid: ${why} (${stage.name}).`, {
      contig: contig ?? null,
      position: Number(position),
    });
  }
  return undefined;
}

/** Records went in and did not come out, and no stage said that it failed. */
export function lostRecords(recordsIn: number, recordsOut: number, exits: readonly StageExit[]): VarloomError {
  const message = `${recordsIn} records went into the engine and ${recordsOut} came out.`;
  const details = { records_in: recordsIn, records_out: recordsOut };
  return recordProblem(exits) ?? new VarloomError('engine_records_lost', message, details);
}

function lastMessage({ messages }: StageExit): string {
  const lines = messages.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('Failed to'));
  return (lines.at(-1) ?? '').slice(0, 300).replace(/\.$/, '');
}

const MOST_WARNINGS = 20;

/** What the stages warned of, each kind once. */
export function stageWarnings(exits: readonly StageExit[]): string[] {
  const seen = new Set<string>();
  for (const { stage, messages } of exits) {
    for (const line of messages.split('\n'))
      if (/^(?:\[W::|warning|note)/i.test(line)) seen.add(`${stage.name}: ${line}`);
  }
  return [...seen].slice(0, MOST_WARNINGS);
}
