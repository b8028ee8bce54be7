// The dashboard of whether the service as a whole answers, and how fast.
import { quantile, rate } from './panel.ts';
import type { DashboardPlan } from './panel.ts';

export const overview: DashboardPlan = {
  uid: 'varloom-overview',
  title: 'Varloom: overview',
  panels: [
    {
      title: 'Processes that answer',
      unit: 'short',
      kind: 'stat',
      queries: [['sum by (process) (up{job="varloom"})', '{{process}}']],
    },
    {
      title: 'Jobs that have not ended',
      unit: 'short',
      kind: 'stat',
      queries: [['sum by (status) (max by (status, plan, genome) (varloom_jobs))', '{{status}}']],
    },
    {
      title: 'Oldest job that waits',
      unit: 's',
      kind: 'stat',
      queries: [['max(varloom_jobs_oldest_seconds{status="PENDING"})', 'PENDING']],
    },
    {
      title: 'Requests',
      unit: 'reqps',
      queries: [[rate('varloom_http_request_duration_seconds_count', 'status'), '{{status}}']],
    },
    {
      title: 'Until an answer begins',
      unit: 's',
      queries: [
        [quantile(0.5, 'varloom_http_request_duration_seconds'), 'half of them'],
        [quantile(0.95, 'varloom_http_request_duration_seconds'), '95 %'],
        [quantile(0.99, 'varloom_http_request_duration_seconds'), '99 %'],
      ],
    },
    {
      title: 'Slowest routes (95 %)',
      unit: 's',
      queries: [[`topk(5, ${quantile(0.95, 'varloom_http_request_duration_seconds', 'route')})`, '{{route}}']],
    },
    {
      title: 'Answers that are our fault',
      unit: 'reqps',
      queries: [[rate('varloom_http_server_errors_total', 'route, status'), '{{status}} {{route}}']],
    },
    {
      title: 'Requests under way',
      unit: 'short',
      queries: [['sum by (instance) (varloom_http_requests_in_flight)', '{{instance}}']],
    },
    {
      title: 'Age of the last whole backup',
      unit: 's',
      kind: 'stat',
      queries: [['time() - max(varloom_last_backup_timestamp_seconds > 0)', 'since it was taken']],
    },
    {
      title: 'Figures that can be read',
      unit: 'short',
      queries: [['min by (collector) (varloom_collector_up)', '{{collector}}']],
    },
  ],
};
