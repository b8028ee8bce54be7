// Prometheus with promtool, and Alertmanager's amtool: Debian's packages, unpacked into the cache. Installed the usual way
// they would run as services of the machine, which nobody asked for.
import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import { buildInCache, cacheDirectory, isExecutable, onPath } from './places.mjs';
import { SetupError } from './report.mjs';
import { run } from './run.mjs';

const directoryName = 'prometheus-debian';
const PACKAGES = ['prometheus', 'prometheus-alertmanager'];

/** @param program `prometheus`, `promtool` or `amtool` */
export function findPrometheusTool(program) {
  const candidates = [onPath(program), join(cacheDirectory, directoryName, 'usr', 'bin', program)];
  return candidates.find((path) => path && isExecutable(path));
}

export const missesPrometheus = () =>
  ['prometheus', 'promtool', 'amtool'].some((program) => findPrometheusTool(program) === undefined);

/** `isNeeded` false: where it cannot be had, the tests that need it say that they are skipped. */
export async function installPrometheus(say, { isNeeded }) {
  try {
    if (!onPath('apt-get') || !onPath('dpkg-deb')) throw new SetupError('this system has no Debian packages');
    await buildInCache(directoryName, async (draft) => {
      say(`apt-get download ${PACKAGES.join(' ')}`);
      const limits = [
        '-o',
        'Acquire::Retries=1',
        '-o',
        'Acquire::http::Timeout=10',
        '-o',
        'Acquire::https::Timeout=10',
      ];
      // As root apt would download as a user of its own, who may not write here.
      const download = ['-o', 'APT::Sandbox::User=root', ...limits, 'download', ...PACKAGES];
      try {
        await run('apt-get', download, { cwd: draft, limitSeconds: 300 });
      } catch (error) {
        if (process.getuid() !== 0) throw error;
        await run('apt-get', ['update', ...limits], { limitSeconds: 180 });
        await run('apt-get', download, { cwd: draft, limitSeconds: 300 });
      }
      for (const file of readdirSync(draft).filter((name) => name.endsWith('.deb'))) {
        await run('dpkg-deb', ['-x', join(draft, file), draft], { limitSeconds: 120 });
      }
    });
  } catch (error) {
    if (isNeeded) {
      throw new SetupError(
        error.message,
        'Install Prometheus by hand, so that `prometheus` is on PATH, or leave --observe out.',
      );
    }
    say(`left out, it cannot be installed: ${error.message}`);
  }
}
