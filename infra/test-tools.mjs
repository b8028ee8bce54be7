// After the tests, where nobody reads along: a test that was skipped for want of a tool has tried nothing. Refuses when set-up
// could have installed the tool and it is not there; where what set-up would install it with is missing too, it says so.
import { fileURLToPath } from 'node:url';
import { findContainerTool } from './setup/container-tools.mjs';
import { onPath, readTools } from './setup/places.mjs';
import { findPrometheusTool } from './setup/prometheus.mjs';
import { findStripeMock } from './setup/stripe-mock.mjs';

/** Each tool, where it is, and with what set-up installs it. */
const TOOLS = {
  hadolint: { find: () => findContainerTool('hadolint'), by: ['python3'] },
  'compose-spec': { find: () => findContainerTool('compose-spec'), by: ['go'] },
  caddy: { find: () => findContainerTool('caddy'), by: ['go'] },
  promtool: { find: () => findPrometheusTool('promtool'), by: ['apt-get', 'dpkg-deb'] },
  amtool: { find: () => findPrometheusTool('amtool'), by: ['apt-get', 'dpkg-deb'] },
  'stripe-mock': { find: () => findStripeMock(readTools()), by: ['go'] },
};

/** What is missing, as sentences: what ought to be there, and what cannot be had on this machine. */
export function missingTools(tools, isOnPath) {
  const missing = Object.entries(tools).filter(([, { find }]) => find() === undefined);
  const lacks = ({ by }) => by.filter((program) => !isOnPath(program));
  return {
    refused: missing
      .filter(([, tool]) => lacks(tool).length === 0)
      .map(([name, { by }]) => `${name} is missing, although ${by.join(' and ')} could install it`),
    told: missing
      .filter(([, tool]) => lacks(tool).length > 0)
      .map(
        ([name, tool]) => `${name} cannot be had here without ${lacks(tool).join(' and ')}: what needs it was skipped`,
      ),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { refused, told } = missingTools(TOOLS, (program) => onPath(program) !== undefined);
  for (const line of [...told, ...refused]) console.error(`tools for tests: ${line}`);
  if (refused.length > 0) console.error('tools for tests: FAILED; `node infra/setup.mjs --with=test` says why');
  process.exit(refused.length === 0 ? 0 : 1);
}
