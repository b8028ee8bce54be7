// Installs whatever Varloom needs and this machine lacks. Runs on a bare clone: Node built-ins only, Node 20 or newer.
// Usage: node infra/setup.mjs [--with=test] [--with=browser] [--with=observe]. Says nothing and ends quickly when all is there.
import { createReport } from './setup/report.mjs';
import { cacheDirectory, projectDirectory, readTools, recordTools, withLock } from './setup/places.mjs';
import { nodeModulesAreCurrent, installNodeModules } from './setup/node-modules.mjs';
import { missingSystemTools, installSystemTools } from './setup/system-tools.mjs';
import { findTemporal, installTemporal } from './setup/temporal.mjs';
import { findTestServer, installTestServer } from './setup/test-server.mjs';
import { findMinistack, installMinistack } from './setup/ministack.mjs';
import { canBuildStripeMock, findStripeMock, installStripeMock } from './setup/stripe-mock.mjs';
import { missesPrometheus, installPrometheus } from './setup/prometheus.mjs';
import { installContainerTools, missesContainerTools } from './setup/container-tools.mjs';
import { webPagesAreCurrent, buildWebPages } from './setup/web-pages.mjs';

const report = createReport(process.stderr);

const extras = new Set();
for (const argument of process.argv.slice(2)) {
  const match = /^--with=(test|browser|observe)$/.exec(argument);
  if (!match) {
    report.fail(
      `unknown argument ${argument}`,
      'Use: node infra/setup.mjs [--with=test] [--with=browser] [--with=observe]',
    );
    process.exit(2);
  }
  extras.add(match[1]);
}

// `npm start -- --observe` gives its words to the stack alone; the setting says it here too.
if (process.env.VARLOOM_OBSERVE === 'true') extras.add('observe');

/** The parts that are missing now, each with the work that installs it. `after` names the parts it waits for. */
function missingParts() {
  const parts = [];
  const tools = readTools();
  if (!nodeModulesAreCurrent()) parts.push({ name: 'node modules', after: [], install: installNodeModules });

  const missing = missingSystemTools({ browser: extras.has('browser') });
  if (missing.length > 0) {
    parts.push({ name: 'system tools', after: [], install: (say) => installSystemTools(missing, say) });
  }
  if (!process.env.TEMPORAL_ADDRESS || extras.has('test')) {
    if (!findTemporal(tools)) parts.push({ name: 'Temporal CLI', after: ['node modules'], install: installTemporal });
  }
  if (extras.has('test') && !findTestServer(tools)) {
    parts.push({ name: 'Temporal test server', after: ['node modules'], install: installTestServer });
  }
  if ((!process.env.S3_ENDPOINT || extras.has('test')) && !findMinistack(tools)) {
    // Python's venv module may have to come from the system's packages first.
    parts.push({ name: 'object store', after: ['system tools'], install: installMinistack });
  }
  if (extras.has('test') && !findStripeMock(tools) && canBuildStripeMock()) {
    parts.push({ name: 'stripe-mock', after: [], install: installStripeMock });
  }
  if (extras.has('test') && missesContainerTools()) {
    // Python's venv module may have to come from the system's packages first.
    parts.push({ name: 'container tools', after: ['system tools'], install: installContainerTools });
  }
  if ((extras.has('test') || extras.has('observe')) && missesPrometheus()) {
    const isNeeded = extras.has('observe');
    // Both ask apt, which serves one at a time.
    parts.push({ name: 'Prometheus', after: ['system tools'], install: (say) => installPrometheus(say, { isNeeded }) });
  }
  if (!webPagesAreCurrent()) parts.push({ name: 'web pages', after: ['node modules'], install: buildWebPages });
  return parts;
}

async function installAll(parts) {
  const started = new Map();
  const outcomes = parts.map((part) => {
    const work = (async () => {
      for (const name of part.after) await started.get(name);
      const say = (text) => report.step(part.name, text);
      const stopWatch = report.watch(part.name);
      try {
        const found = await part.install(say);
        if (found) recordTools(found);
        report.done(part.name, stopWatch());
      } catch (error) {
        stopWatch();
        throw error;
      }
    })();
    started.set(part.name, work);
    return work;
  });
  const settled = await Promise.allSettled(outcomes);
  const reported = new Set();
  settled.forEach((outcome, index) => {
    if (outcome.status !== 'rejected' || reported.has(outcome.reason)) return;
    reported.add(outcome.reason); // what waited for a failed part fails with the same error: say it once
    report.fail(`${parts[index].name}: ${outcome.reason.message}`, outcome.reason.remedy);
  });
  return reported.size === 0;
}

if (missingParts().length > 0) {
  report.start(`setting up in ${projectDirectory}, big things in ${cacheDirectory}`);
  const good = await withLock(
    () => report.step('setup', 'another setup is running, waiting for it'),
    // Asked again: the setup that was waited for may have installed it all.
    () => installAll(missingParts()),
  );
  if (!good) process.exit(1);
}
