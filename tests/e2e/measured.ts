// What the processes of a running stack tell of the jobs that went through it. Part of `annotation.test.ts`, which has such
// a stack: a stack of its own would cost a quarter of a minute.

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectDirectory } from '../../infra/local/home.ts';
import type { StackFile } from '../../infra/local/stack-file.ts';
import { exposedNames, metricNamesIn, ONLY_AFTER_A_FAILURE } from '../../infra/observability/metric-names.ts';
import { findPrometheusTool } from '../../infra/setup/prometheus.mjs';

export const isPrometheusThere = findPrometheusTool('prometheus') !== undefined;

/** Registers the tests. `stack` is asked when they run: an annotation has completed, and one has failed by its input. */
export function testWhatIsMeasured(stack: () => StackFile, { fileNames }: { fileNames: readonly string[] }): void {
  const operations = () => stack().observability.operations;
  const exposed = async (process: string) => (await fetch(`${operations()[process]}/metrics`)).text();
  /** The sum over all series of the metric whose labels contain `labels`. */
  const value = async (process: string, name: string, labels = '') => {
    const series = (await exposed(process))
      .split('\n')
      .filter((line) => line.startsWith(name) && line.includes(labels));
    return series.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  };

  it('every process tells metrics and readiness on a port of its own', async () => {
    expect(Object.keys(operations()).toSorted()).toEqual(
      ['codec', 'gateway', 'worker-engine', 'worker-io', 'worker-orchestration'].toSorted(),
    );
    for (const [name, url] of Object.entries(operations())) {
      expect(await (await fetch(`${url}/health/ready`)).json()).toMatchObject({ code: 200, status: 'ok' });
      expect(await value(name, 'varloom_build_info', `process="${name}"`)).toBe(1);
    }
  });

  it('a job is counted by the gateway, the engine, the mail and the SDK', async () => {
    expect(
      await value('gateway', 'varloom_http_request_duration_seconds_count', 'route="/annotations"'),
    ).toBeGreaterThan(0);
    const ended = (labels: string) => value('gateway', 'varloom_jobs_ended_total', labels);
    const looked = { timeout: 40_000, interval: 1_000 };
    await expect
      .poll(() => ended('status="COMPLETED",plan="free",genome="demo",cause="none"'), looked)
      .toBeGreaterThan(0);
    await expect
      .poll(() => ended('status="FAILED",plan="free",genome="demo",cause="input"'), looked)
      .toBeGreaterThan(0);
    // Looked at now and then, and a Schedule acts for the first time half a minute after the start.
    await expect
      .poll(() => value('gateway', 'varloom_task_queue_pollers', 'task_queue="engine"'), looked)
      .toBeGreaterThan(0);
    await expect
      .poll(() => value('gateway', 'varloom_schedule_last_action_timestamp_seconds', 'tend-jobs'), {
        timeout: 100_000,
        interval: 1_000,
      })
      .toBeGreaterThan(1e9);
    for (const name of ['variants_total', 'variants_per_second_count']) {
      const counted = name === 'variants_total' ? 'varloom_annotated_variants_total' : `varloom_annotation_${name}`;
      expect(await value('worker-engine', counted, 'genome="demo"')).toBeGreaterThan(0);
    }
    for (const direction of ['input', 'output']) {
      expect(await value('worker-engine', `varloom_annotation_${direction}_bytes_total`)).toBeGreaterThan(0);
    }
    expect(
      await value('worker-engine', 'varloom_activity_failures_total', 'engine.input.annotate",type="input_not_vcf"'),
    ).toBeGreaterThan(0);
    expect(await value('worker-io', 'varloom_mail_messages_total', 'sent')).toBeGreaterThan(0);
    expect(
      await value('worker-orchestration', 'temporal_workflow_completed_total', 'annotateThenArchive'),
    ).toBeGreaterThan(0);
  });

  /** What Prometheus answers, of the form of `data`. */
  const askPrometheus = async <T>(path: string, data: z.ZodType<T>): Promise<T> => {
    const answer = await fetch(`${stack().observability.prometheus}/api/v1/${path}`);
    return z.object({ status: z.literal('success'), data }).parse(await answer.json()).data;
  };

  it.skipIf(!isPrometheusThere)('with --observe Prometheus (to be installed for it) reads every process', async () => {
    const target = z.object({ health: z.string(), labels: z.object({ process: z.string() }) });
    const targets = async () => {
      const { activeTargets } = await askPrometheus(
        'targets?state=active',
        z.object({ activeTargets: z.array(target) }),
      );
      return Object.fromEntries(activeTargets.map(({ labels, health }) => [labels.process, health]));
    };
    const up = Object.fromEntries(Object.keys(operations()).map((name) => [name, 'up']));
    await expect.poll(targets, { timeout: 60_000, interval: 1_000 }).toEqual(up);
    const samples = z.object({ result: z.array(z.object({ metric: z.object({ process: z.string() }) })) });
    const { result } = await askPrometheus('query?query=count(varloom_build_info)by(process)', samples);
    expect(result.map(({ metric }) => metric.process).toSorted()).toEqual(Object.keys(up).toSorted());
  });

  it.skipIf(!isPrometheusThere)('with --observe Prometheus (to be installed for it) has every alert rule', async () => {
    const groups = z.object({ groups: z.array(z.object({ rules: z.array(z.looseObject({ name: z.string() })) })) });
    const loaded = (await askPrometheus('rules', groups)).groups.flatMap(({ rules }) => rules);
    const file = z.object({
      groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string().optional() })) })),
    });
    const written = filesIn('infra/observability/prometheus/rules')
      .flatMap((path) => file.parse(parse(readFileSync(path, 'utf8'))).groups)
      .flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? []));
    expect(written.length).toBeGreaterThan(10);
    const alerts = loaded.filter((rule) => rule['type'] === 'alerting').map(({ name }) => name);
    expect(alerts.toSorted()).toEqual(written.toSorted());
    // One that could not be computed says so once it was tried.
    const faulty = async () =>
      (await askPrometheus('rules', groups)).groups
        .flatMap(({ rules }) => rules)
        .filter((rule) => rule['health'] !== 'ok')
        .map(({ name }) => name);
    await expect.poll(faulty, { timeout: 60_000, interval: 1_000 }).toEqual([]);
  });

  it('metrics hold no id, no address of a person and no name of a file', async () => {
    const all = (await Promise.all(Object.keys(operations()).map(exposed))).join('\n');
    expect(all).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/);
    expect(all).not.toContain('@');
    expect(fileNames.filter((name) => all.includes(name))).toEqual([]);
  });

  it('dashboards, alert rules and runbooks speak of metrics that exist', async () => {
    const known = new Set((await Promise.all(Object.keys(operations()).map(exposed))).flatMap(exposedNames));
    const sdk = readFileSync(sdkLibrary(), 'latin1');
    for (const name of ONLY_AFTER_A_FAILURE) {
      expect(sdk).toContain(name.replace(/^temporal_/, '').replace(/_total$/, ''));
      known.add(name);
    }
    const texts = [
      ...filesIn('infra/observability/grafana/dashboards'),
      ...filesIn('infra/observability/prometheus/rules'),
      ...filesIn('docs/runbooks'),
    ].map((path) => readFileSync(path, 'utf8'));
    const spoken = metricNamesIn(texts.join('\n'));
    expect(spoken.length).toBeGreaterThan(50);
    expect(spoken.filter((name) => !known.has(name))).toEqual([]);
  });
}

const filesIn = (directory: string) =>
  readdirSync(join(projectDirectory, directory)).map((name) => join(projectDirectory, directory, name));

/** The SDK's native code, which holds the names of all its metrics. */
function sdkLibrary(): string {
  const worker = createRequire(import.meta.url).resolve('@temporalio/worker');
  const bridge = dirname(createRequire(worker).resolve('@temporalio/core-bridge/package.json'));
  const [platform] = readdirSync(join(bridge, 'releases')).filter(
    (name) => name.includes('linux') || name.includes('darwin'),
  );
  return join(bridge, 'releases', platform ?? '', 'index.node');
}
