// Runs a program of the setup to its end, keeping its output for the error message.
import { spawn } from 'node:child_process';
import { SetupError } from './report.mjs';

const KEPT_LINES = 20;

/**
 * Answers the output (stdout and stderr together). Throws a SetupError with the last lines when the program is
 * missing, exits non-zero, or takes longer than `limitSeconds` (then its whole process group is ended).
 */
export function run(command, args, { cwd, env, limitSeconds = 1800, remedy } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a group of its own, so that the limit ends its children too
    });
    let output = '';
    let late = false;
    const endGroup = (signal) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // It ended by itself.
      }
    };
    const timer = setTimeout(() => {
      late = true;
      endGroup('SIGKILL');
    }, limitSeconds * 1000);
    const interrupted = (signal) => {
      endGroup('SIGTERM');
      process.exit(signal === 'SIGINT' ? 130 : 143);
    };
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
    const settle = () => {
      clearTimeout(timer);
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    };
    const keep = (chunk) => {
      output = (output + chunk).slice(-200_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => {
      settle();
      reject(new SetupError(`${command} cannot be run: ${error.message}`, remedy));
    });
    child.on('close', (code, signal) => {
      settle();
      if (code === 0) return resolve(output);
      const how = late
        ? `took longer than ${limitSeconds} s`
        : signal
          ? `was ended by ${signal}`
          : `exited with ${code}`;
      const tail = output.trimEnd().split('\n').slice(-KEPT_LINES).join('\n');
      reject(new SetupError(`${[command, ...args].join(' ')} ${how}`, [tail, remedy].filter(Boolean).join('\n')));
    });
  });
}
