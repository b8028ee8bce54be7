// The dashboard of each Node process by itself.
import { most } from './panel.ts';
import type { DashboardPlan } from './panel.ts';

export const processes: DashboardPlan = {
  uid: 'varloom-processes',
  title: 'Varloom: processes',
  panels: [
    {
      title: 'Versions',
      unit: 'short',
      kind: 'stat',
      queries: [['count by (process, version) (varloom_build_info)', '{{process}} {{version}}']],
    },
    {
      title: 'Processor',
      unit: 'percentunit',
      queries: [['rate(process_cpu_seconds_total{job="varloom"}[$__rate_interval])', '{{process}} {{instance}}']],
    },
    {
      title: 'Memory',
      unit: 'bytes',
      queries: [['process_resident_memory_bytes{job="varloom"}', '{{process}} {{instance}}']],
    },
    {
      title: 'Event loop is late (99 %)',
      unit: 's',
      queries: [['nodejs_eventloop_lag_p99_seconds{job="varloom"}', '{{process}} {{instance}}']],
    },
    {
      title: 'Garbage collection',
      unit: 'percentunit',
      queries: [
        [
          'sum by (process, instance) (rate(nodejs_gc_duration_seconds_sum{job="varloom"}[$__rate_interval]))',
          '{{process}} {{instance}}',
        ],
      ],
    },
    {
      title: 'Open files',
      unit: 'short',
      queries: [['process_open_fds{job="varloom"}', '{{process}} {{instance}}']],
    },
    {
      title: 'Time to collect figures',
      unit: 's',
      queries: [[most('varloom_collector_duration_seconds', 'collector'), '{{collector}}']],
    },
    {
      title: 'Time to answer Prometheus',
      unit: 's',
      queries: [['scrape_duration_seconds{job="varloom"}', '{{process}} {{instance}}']],
    },
    {
      title: 'Running since',
      unit: 's',
      queries: [['time() - process_start_time_seconds{job="varloom"}', '{{process}} {{instance}}']],
    },
  ],
};
