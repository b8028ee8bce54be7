// The dashboard of reviews, and what leaves the house.
import { most } from './panel.ts';
import type { DashboardPlan } from './panel.ts';

export const deliveries: DashboardPlan = {
  uid: 'varloom-deliveries',
  title: 'Varloom: reviews, deliveries, messages',
  panels: [
    {
      title: 'Samples that wait for a reviewer',
      unit: 'short',
      queries: [
        [most('varloom_reviews_waiting', 'level'), '{{level}}'],
        [most('varloom_reviews_overdue', 'level'), '{{level}}, overdue'],
      ],
    },
    {
      title: 'Oldest sample that waits',
      unit: 's',
      queries: [[most('varloom_reviews_oldest_seconds', 'level'), '{{level}}']],
    },
    {
      title: 'Deliveries before their release',
      unit: 'short',
      queries: [[most('varloom_deliveries', 'state'), '{{state}}']],
    },
    {
      title: 'Oldest delivery before its release',
      unit: 's',
      queries: [[most('varloom_deliveries_oldest_seconds', 'state'), '{{state}}']],
    },
    {
      title: 'Attempts to tell partners',
      unit: 'short',
      queries: [['sum by (state) (increase(varloom_webhook_attempts_total[1h]))', '{{state}}']],
    },
    {
      title: 'Messages to partners that ended',
      unit: 'short',
      queries: [
        ['max by (state) (increase(varloom_webhook_messages_ended_total[1h]))', '{{state}}'],
        ['max(varloom_webhook_messages_pending)', 'pending'],
      ],
    },
    {
      title: 'Oldest message that is pending',
      unit: 's',
      queries: [['max(varloom_webhook_messages_oldest_seconds)', 'pending']],
    },
    {
      title: 'Endpoints of partners',
      unit: 'short',
      queries: [[most('varloom_webhook_endpoints', 'state'), '{{state}}']],
    },
    {
      title: 'Mail',
      unit: 'short',
      queries: [['sum by (outcome) (increase(varloom_mail_messages_total[1h]))', '{{outcome}}']],
    },
    {
      title: 'Events that wait',
      unit: 'short',
      queries: [
        ['max(varloom_outbox_events_waiting) and max(varloom_outbox_relayed) == 1', 'to be relayed'],
        ['max(varloom_billing_events_waiting)', 'of the payment service'],
      ],
    },
    {
      title: 'Oldest event that waits',
      unit: 's',
      queries: [
        ['max(varloom_outbox_oldest_seconds) and max(varloom_outbox_relayed) == 1', 'to be relayed'],
        ['max(varloom_billing_events_oldest_seconds)', 'of the payment service'],
      ],
    },
    {
      title: 'Audit logs',
      unit: 'short',
      queries: [
        ['sum(increase(varloom_audit_checkpoints_total[1h]))', 'checkpoints written'],
        ['max(varloom_audit_logs_uncheckpointed)', 'without checkpoint'],
        ['sum(increase(varloom_audit_logs_faulty_total[1h]))', 'faulty'],
      ],
    },
  ],
};
