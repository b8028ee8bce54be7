// Looks up known vulnerabilities of what is installed in production, with `npm audit`, and refuses those of severity high or
// critical that nobody has argued for in argued-advisories.mjs.
//   node infra/advisories.mjs [--required] [--directory=DIR]
// Exits 0: none. 1: some, named. 77: the registry does not tell, or is not reached; with --required that is 1 as well.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { ARGUED } from './argued-advisories.mjs';
import { projectDirectory } from './setup/places.mjs';

const GRAVE = new Set(['high', 'critical']);
const SKIPPED = 77;

/** What `npm audit --json` printed → the faults as sentences, or why there is nothing to judge. `argued`: reasons by advisory. */
export function judgeAudit(text, argued) {
  let report;
  try {
    report = JSON.parse(text);
  } catch {
    return { skipped: 'npm audit answered nothing that can be read' };
  }
  if (typeof report.vulnerabilities !== 'object' || report.vulnerabilities === null) {
    const status = report.statusCode ? `the registry answered ${report.statusCode}` : 'the registry was not reached';
    return { skipped: `${status}: ${firstLine(report.message ?? report.error?.summary ?? 'no reason given')}` };
  }
  // A package is also listed for what it depends on: the advisory itself stands with the package that it is about.
  const advisories = Object.values(report.vulnerabilities)
    .flatMap(({ via }) => via)
    .filter((via) => typeof via === 'object' && GRAVE.has(via.severity))
    .map(({ name, severity, title, url, range }) => ({ id: idOf(url), name, severity, title, range }));
  const found = new Map(advisories.map((advisory) => [`${advisory.id} ${advisory.name}`, advisory]));
  const ids = new Set(advisories.map(({ id }) => id));
  return {
    faults: [
      ...[...found.values()]
        .filter(({ id }) => !Object.hasOwn(argued, id))
        .map(({ id, name, severity, title, range }) => `${name} ${range}: ${severity}: ${title} (${id})`),
      ...Object.keys(argued)
        .filter((id) => !ids.has(id))
        .map((id) => `${id} is argued for, and is not found any more`),
    ],
  };
}

const firstLine = (text) => String(text).split('\n')[0];

/** Its address ends with its id. */
const idOf = (url) => String(url).slice(String(url).lastIndexOf('/') + 1);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      required: { type: 'boolean', default: false },
      directory: { type: 'string', default: projectDirectory },
    },
  });
  const { stdout } = spawnSync('npm', ['audit', '--json', '--omit=dev', '--package-lock-only'], {
    cwd: values.directory,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
    timeout: 120_000,
  });
  const judgement = judgeAudit(stdout ?? '', ARGUED);
  if ('skipped' in judgement) {
    console.error(`advisories: SKIPPED, nothing was looked up: ${judgement.skipped}`);
    process.exit(values.required ? 1 : SKIPPED);
  }
  for (const fault of judgement.faults) console.error(`advisories: ${fault}`);
  console.log(`advisories: ${judgement.faults.length} faults`);
  process.exit(judgement.faults.length === 0 ? 0 : 1);
}
