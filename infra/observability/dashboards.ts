// Grafana's JSON of the dashboards in `panels/`. `node infra/observability/dashboards.ts` writes the files that Grafana
// reads; a test holds them to the tables.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dashboardPlans } from './panels/index.ts';
import type { DashboardPlan, Panel } from './panels/panel.ts';

const COLUMNS = 3;
const WIDTH = 24 / COLUMNS;
const HEIGHT = 8;

export const dashboardFile = (uid: string): string =>
  fileURLToPath(new URL(`./grafana/dashboards/${uid}.json`, import.meta.url));

/** The text of a dashboard's file. */
export function dashboardText({ uid, title, panels }: DashboardPlan): string {
  const dashboard = {
    uid,
    title,
    tags: ['varloom'],
    schemaVersion: 39,
    editable: false,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' }],
    },
    links: [{ type: 'dashboards', tags: ['varloom'], title: 'Varloom', asDropdown: true }],
    panels: panels.map(panelOf),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

function panelOf({ title, unit, kind = 'timeseries', queries }: Panel, index: number) {
  const datasource = { type: 'prometheus', uid: '${datasource}' };
  return {
    id: index + 1,
    title,
    type: kind,
    datasource,
    gridPos: { x: (index % COLUMNS) * WIDTH, y: Math.floor(index / COLUMNS) * HEIGHT, w: WIDTH, h: HEIGHT },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    ...(kind === 'timeseries' ? { options: { tooltip: { mode: 'multi', sort: 'desc' } } } : {}),
    targets: queries.map(([expr, legendFormat], query) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + query),
      datasource,
      expr,
      legendFormat,
    })),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const plan of dashboardPlans) writeFileSync(dashboardFile(plan.uid), dashboardText(plan));
}
