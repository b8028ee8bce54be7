// Prometheus beside the local stack (`npm start -- --observe`): it reads every process, with the rules of
// infra/observability.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDirectory, writeJson } from '../home.ts';
import type { Home } from '../home.ts';
import { prometheusPath } from '../tools.ts';
import { answers } from './embedded.ts';
import type { EmbeddedService } from './embedded.ts';

export interface PrometheusAddresses {
  url: string;
}

/** @param operations the operations address of each process, by its name */
export function embedPrometheus(
  home: Pick<Home, 'data' | 'run'>,
  port: number,
  operations: Readonly<Record<string, string>>,
): EmbeddedService<PrometheusAddresses> {
  const data = join(home.data, 'prometheus');
  const run = join(home.run, 'prometheus');
  for (const directory of [data, run]) mkdirSync(directory, { recursive: true });
  const config = join(run, 'prometheus.yml');
  const targets = join(run, 'targets.json');
  const rules = join(projectDirectory, 'infra', 'observability', 'prometheus', 'rules', '*.yml');
  writeFileSync(config, configuration(targets, rules));
  writeJson(
    targets,
    Object.entries(operations).map(([name, url]) => ({ targets: [new URL(url).host], labels: { process: name } })),
  );
  const url = `http://127.0.0.1:${port}`;
  return {
    plan: {
      name: 'prometheus',
      command: prometheusPath(),
      args: [
        `--config.file=${config}`,
        `--storage.tsdb.path=${data}`,
        '--storage.tsdb.retention.time=2d',
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
      isReady: () => answers(`${url}/-/ready`),
      readyWithinSeconds: 60,
      stopSignal: 'SIGTERM',
      stopWithinSeconds: 15,
    },
    addresses: { url },
  };
}

/** As in infra/observability/prometheus/prometheus.yml, but for the paths, a shorter interval, and no Alertmanager. */
function configuration(targets: string, rules: string): string {
  return `global:
  scrape_interval: 5s
  evaluation_interval: 5s
  external_labels:
    runbooks: docs/runbooks
rule_files:
  - ${JSON.stringify(rules)}
scrape_configs:
  - job_name: varloom
    file_sd_configs:
      - files: [${JSON.stringify(targets)}]
        refresh_interval: 10s
`;
}
