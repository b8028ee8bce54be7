// The alert rules do what they say, each alert has its runbook, and the dashboards are those of the tables.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectDirectory } from '../setup/places.mjs';
import { findPrometheusTool } from '../setup/prometheus.mjs';
import { dashboardFile, dashboardText } from './dashboards.ts';
import { metricNamesIn } from './metric-names.ts';
import { dashboardPlans } from './panels/index.ts';

const run = promisify(execFile);
const directory = fileURLToPath(new URL('.', import.meta.url));
const filesIn = (path: string, ending: string) =>
  readdirSync(`${directory}${path}`)
    .filter((name) => name.endsWith(ending))
    .map((name) => `${directory}${path}/${name}`);
const textsOf = (paths: string[]) => paths.map((path) => readFileSync(path, 'utf8')).join('\n');

const ruleFiles = filesIn('prometheus/rules', '.yml');
const testFiles = filesIn('prometheus/tests', '.yml');
const alerts = [
  ...textsOf(ruleFiles).matchAll(
    /alert: (?<name>\w+)[\s\S]*?severity: (?<severity>\w+)[\s\S]*?runbook_url: '\{\{ \$externalLabels\.runbooks \}\}\/(?<runbook>[a-z-]+\.md)'/g,
  ),
].map(({ groups }) => ({
  name: groups?.['name'] ?? '',
  severity: groups?.['severity'],
  runbook: `docs/runbooks/${groups?.['runbook'] ?? ''}`,
}));

// Debian's packages `prometheus` and `prometheus-alertmanager`; `npm test` installs them.
const [promtool, amtool] = [findPrometheusTool('promtool'), findPrometheusTool('amtool')];

/** The texts of `alertmanager.yml` by receiver. */
async function templates() {
  const slack = z.object({ title: z.string(), text: z.string() });
  const pager = z.object({ description: z.string(), details: z.object({ what_to_do: z.string() }) });
  const { receivers } = z
    .object({
      receivers: z.tuple([
        z.object({ slack_configs: z.tuple([slack]) }),
        z.object({ pagerduty_configs: z.tuple([pager]) }),
      ]),
    })
    .parse(parse(await readFile(`${directory}alertmanager/alertmanager.yml`, 'utf8')));
  return { slack: receivers[0].slack_configs[0], pager: receivers[1].pagerduty_configs[0] };
}

async function rendered(template: string, data: unknown): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'varloom-alert-')), 'data.json');
  await writeFile(file, JSON.stringify(data));
  // It asks for files of templates: there are none.
  const args = ['--template.glob', join(dirname(file), '*.tmpl'), '--template.data', file, '--template.text', template];
  const { stdout } = await run(amtool ?? '', ['template', 'render', ...args]);
  await rm(dirname(file), { recursive: true });
  return stdout.trimEnd();
}

it.skipIf(promtool === undefined)('promtool finds no fault in configuration and rules', async () => {
  const check = run(promtool ?? '', ['check', 'config', `${directory}prometheus/prometheus.yml`]);
  expect((await check).stdout).toContain('SUCCESS');
  const rules = await run(promtool ?? '', ['check', 'rules', '--lint-fatal', ...ruleFiles]);
  expect(rules.stdout.match(/SUCCESS: \d+ rules found/g)).toHaveLength(ruleFiles.length);
});

it.skipIf(promtool === undefined)('every alert fires when it should, and only then', async () => {
  const { stdout } = await run(promtool ?? '', ['test', 'rules', ...testFiles]);
  expect(stdout.match(/SUCCESS/g)).toHaveLength(testFiles.length);
});

it.skipIf(amtool === undefined)('Alertmanager pages somebody for a page, and tells Slack of everything', async () => {
  const configuration = `--config.file=${directory}alertmanager/alertmanager.yml`;
  const receivers = async (severity: string) =>
    (await run(amtool ?? '', ['config', 'routes', 'test', configuration, `severity=${severity}`])).stdout.trim();
  expect(await receivers('page')).toBe('pager,slack');
  expect(await receivers('ticket')).toBe('slack');
});

it.skipIf(amtool === undefined)(
  'what Slack and PagerDuty are told says what happened, and where its runbook is',
  async () => {
    const runbook = 'https://git.example/varloom/docs/runbooks/process-down.md';
    const [gateway, codec] = ['gateway', 'codec'].map((process) => ({
      labels: { alertname: 'VarloomProcessDown', severity: 'page', process },
      annotations: { summary: `${process} does not answer`, description: `${process} at a:1.`, runbook_url: runbook },
    }));
    /** With what Alertmanager finds common to the alerts of a group. */
    const group = (status: string, alerts: unknown[], summary: { summary?: string }) => ({
      status,
      alerts,
      groupLabels: { alertname: 'VarloomProcessDown' },
      commonAnnotations: { runbook_url: runbook, ...summary },
    });
    const one = group('firing', [gateway], { summary: 'gateway does not answer' });
    const two = group('firing', [gateway, codec], {});
    const over = group('resolved', [gateway], { summary: 'gateway does not answer' });
    const { slack, pager } = await templates();

    expect(await rendered(slack.title, one)).toBe('gateway does not answer');
    expect(await rendered(slack.title, over)).toBe('Over: gateway does not answer');
    expect(await rendered(slack.title, two)).toBe('VarloomProcessDown, 2 times');
    expect((await rendered(slack.text, two)).split('\n')).toEqual([
      '*gateway does not answer* (page)',
      'gateway at a:1.',
      '*codec does not answer* (page)',
      'codec at a:1.',
      `What to do: ${runbook}`,
    ]);
    expect(await rendered(pager.description, one)).toBe('gateway does not answer');
    // An event without description would be refused.
    expect(await rendered(pager.description, two)).toBe(
      'VarloomProcessDown: gateway does not answer; codec does not answer;',
    );
    expect(await rendered(pager.details.what_to_do, two)).toBe(runbook);
  },
);

it('every alert has a severity that is routed, a runbook of its name, and a test in which it fires', () => {
  expect(alerts).toHaveLength(textsOf(ruleFiles).match(/alert: /g)?.length ?? 0);
  expect(alerts.length).toBeGreaterThan(20);
  const firing = new Set(
    [...textsOf(testFiles).matchAll(/labels: 'ALERTS\{alertname="(\w+)"/g)].map(([, name]) => name),
  );
  expect(alerts.map(({ name }) => name).filter((name) => !firing.has(name))).toEqual([]);
  expect(alerts.filter(({ severity }) => severity !== 'page' && severity !== 'ticket')).toEqual([]);
  const titles = alerts.map(({ runbook }) => readFileSync(`${projectDirectory}/${runbook}`, 'utf8').split('\n')[0]);
  expect(titles).toEqual(alerts.map(({ name }) => `# ${name}`));
});

it('every runbook belongs to an alert, and says what it means, how to look, what to do, when to escalate', () => {
  const runbooks = readdirSync(`${projectDirectory}/docs/runbooks`).filter((name) => name !== 'README.md');
  expect(runbooks.toSorted()).toEqual(alerts.map(({ runbook }) => runbook.replace('docs/runbooks/', '')).toSorted());
  const parts = runbooks.map((name) => ({
    name,
    headings: readFileSync(`${projectDirectory}/docs/runbooks/${name}`, 'utf8').match(/^## .*$/gm),
  }));
  const headings = ['## What it means', '## How to look', '## What to do', '## When to escalate'];
  expect(parts).toEqual(runbooks.map((name) => ({ name, headings })));
});

it('the files of the dashboards are those of the tables, with a query in every panel', () => {
  const files = dashboardPlans.map(({ uid }) => ({ uid, text: readFileSync(dashboardFile(uid), 'utf8') }));
  expect(files).toEqual(dashboardPlans.map((plan) => ({ uid: plan.uid, text: dashboardText(plan) })));
  const queries = dashboardPlans.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries));
  const aboutNothing = queries.filter(
    ([query]) => metricNamesIn(query).length === 0 && !/\b(up|scrape_duration_seconds)\{/.test(query),
  );
  expect(aboutNothing).toEqual([]);
  expect(filesIn('grafana/dashboards', '.json')).toHaveLength(dashboardPlans.length);
});

it.skipIf(promtool === undefined)('Prometheus understands every query of the dashboards', async () => {
  // As rules, so that one call checks them all.
  const expressions = dashboardPlans
    .flatMap(({ panels }) => panels.flatMap(({ queries }) => queries.map(([expression]) => expression)))
    .map((expression) => expression.replaceAll('$__rate_interval', '5m'));
  const rules = expressions.map((expr, index) => ({ record: `panel:query:${index}`, expr }));
  const file = join(await mkdtemp(join(tmpdir(), 'varloom-panels-')), 'rules.json');
  await writeFile(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
  const { stdout } = await run(promtool ?? '', ['check', 'rules', file]);
  await rm(dirname(file), { recursive: true });
  expect(stdout).toContain(`SUCCESS: ${expressions.length} rules found`);
});
