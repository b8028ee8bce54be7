// The dashboard of task queues, workflows, activities and Schedules.
import { most, quantile } from './panel.ts';
import type { DashboardPlan } from './panel.ts';

export const sagas: DashboardPlan = {
  uid: 'varloom-sagas',
  title: 'Varloom: sagas and Temporal',
  panels: [
    {
      title: 'Tasks that wait',
      unit: 'short',
      queries: [[most('varloom_task_queue_backlog', 'task_queue'), '{{task_queue}}']],
    },
    {
      title: 'Oldest task that waits',
      unit: 's',
      queries: [[most('varloom_task_queue_backlog_oldest_seconds', 'task_queue'), '{{task_queue}}']],
    },
    {
      title: 'Workers that listen',
      unit: 'short',
      queries: [[most('varloom_task_queue_pollers', 'task_queue'), '{{task_queue}}']],
    },
    {
      title: 'Free slots',
      unit: 'short',
      queries: [
        ['sum by (task_queue, worker_type) (temporal_worker_task_slots_available)', '{{task_queue}} {{worker_type}}'],
      ],
    },
    {
      title: 'Sagas completed',
      unit: 'short',
      queries: [['sum by (workflow_type) (increase(temporal_workflow_completed_total[1h]))', '{{workflow_type}}']],
    },
    {
      title: 'Sagas failed',
      unit: 'short',
      queries: [['sum by (workflow_type) (increase(temporal_workflow_failed_total[1h]))', '{{workflow_type}}']],
    },
    {
      title: 'Failures of activities',
      unit: 'short',
      queries: [['sum by (activity, type) (increase(varloom_activity_failures_total[1h]))', '{{activity}} {{type}}']],
    },
    {
      title: 'Duration of activities (95 %)',
      unit: 's',
      queries: [[quantile(0.95, 'temporal_activity_execution_latency_seconds', 'activity_type'), '{{activity_type}}']],
    },
    {
      title: 'Duration of database steps (95 %)',
      unit: 's',
      queries: [
        [quantile(0.95, 'temporal_local_activity_execution_latency_seconds', 'activity_type'), '{{activity_type}}'],
      ],
    },
    {
      title: 'From scheduled to begun (95 %)',
      unit: 's',
      queries: [
        [quantile(0.95, 'temporal_activity_schedule_to_start_latency_seconds', 'task_queue'), '{{task_queue}}'],
        [quantile(0.95, 'temporal_workflow_task_schedule_to_start_latency_seconds', 'task_queue'), '{{task_queue}}'],
      ],
    },
    {
      title: 'Calls to Temporal (95 %)',
      unit: 's',
      queries: [[quantile(0.95, 'temporal_request_latency_seconds', 'operation'), '{{operation}}']],
    },
    {
      title: 'Since each Schedule last ran',
      unit: 's',
      queries: [
        [`time() - ${most('varloom_schedule_last_action_timestamp_seconds', 'schedule')}`, '{{schedule}}'],
        ['max by (schedule) (varloom_schedule_paused) == 1', '{{schedule}} is paused'],
      ],
    },
  ],
};
