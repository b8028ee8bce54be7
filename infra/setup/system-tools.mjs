// bcftools, tabix and samtools (and Chromium for the browser tests) from the system's package manager.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { onPath } from './places.mjs';
import { SetupError } from './report.mjs';
import { run } from './run.mjs';

/** The packages that are missing; bgzip comes with tabix. */
export function missingSystemTools({ browser }) {
  const missing = ['bcftools', 'tabix', 'samtools'].filter((program) => !onPath(program));
  if (!onPath('bgzip') && !missing.includes('tabix')) missing.push('tabix');
  if (browser && !chromiumPath()) missing.push('chromium');
  return missing;
}

export function chromiumPath() {
  return process.env.CHROMIUM_PATH ?? onPath('chromium') ?? onPath('chromium-browser') ?? onPath('google-chrome');
}

export async function installSystemTools(packages, say) {
  await installDebianPackages(packages, say);
}

/** Installs by apt-get as root or with a sudo that asks no password; else tells the person the command to type. */
export async function installDebianPackages(packages, say) {
  const byHand = `Install by hand: sudo apt-get install ${packages.join(' ')}  (macOS: brew install bcftools htslib samtools;\nother systems: conda install -c bioconda bcftools htslib samtools), then run the command again.`;
  const aptGet = onPath('apt-get');
  if (!aptGet) throw new SetupError(`missing: ${packages.join(', ')}; this system has no apt-get`, byHand);
  const prefix = process.getuid() === 0 ? [] : passwordlessSudo();
  if (!prefix) throw new SetupError(`missing: ${packages.join(', ')}; installing them needs root`, byHand);
  const [command, ...before] = [...prefix, aptGet];
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // The connection limits keep a network that swallows packets from hanging the setup.
  const limits = ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=10', '-o', 'Acquire::https::Timeout=10'];
  const install = [...before, 'install', '-y', '--no-install-recommends', ...limits, ...packages];
  say(`apt-get install ${packages.join(' ')}`);
  try {
    await run(command, install, { env, limitSeconds: 600 });
  } catch {
    say('apt-get update, then once more');
    await run(command, [...before, 'update', ...limits], { env, limitSeconds: 180, remedy: byHand });
    await run(command, install, { env, limitSeconds: 600, remedy: byHand });
  }
}

function passwordlessSudo() {
  if (!onPath('sudo') || !existsSync('/etc/sudoers')) return undefined;
  try {
    execFileSync('sudo', ['-n', 'true'], { stdio: 'ignore' });
    return ['sudo', '-n'];
  } catch {
    return undefined;
  }
}
