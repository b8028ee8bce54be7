// What a panel of a Grafana dashboard is, and the queries that many of them have in common.
// What every gateway tells of the whole service is the maximum over gateways; what each process tells of itself is a sum.

export interface Panel {
  title: string;
  /** Grafana's name of the unit: s, bytes, reqps, percentunit, short. */
  unit: string;
  kind?: 'timeseries' | 'stat';
  /** PromQL, and what each series is called. */
  queries: readonly (readonly [expression: string, legend: string])[];
}

export interface DashboardPlan {
  /** Also the name of its file. */
  uid: string;
  title: string;
  panels: readonly Panel[];
}

export const rate = (counter: string, by: string) => `sum by (${by}) (rate(${counter}[$__rate_interval]))`;
export const quantile = (q: number, histogram: string, by = '') =>
  `histogram_quantile(${q}, sum by (le${by && `, ${by}`}) (rate(${histogram}_bucket[$__rate_interval])))`;
export const most = (gauge: string, by: string) => `max by (${by}) (${gauge})`;
export const ended = (by: string, filter = '') =>
  `sum by (${by}) (max by (status, plan, genome, cause) (increase(varloom_jobs_ended_total${filter}[1h])))`;
