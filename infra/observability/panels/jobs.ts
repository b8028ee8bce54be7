// The dashboard of annotation jobs, the engine, and where results are.
import { ended, most, quantile, rate } from './panel.ts';
import type { DashboardPlan } from './panel.ts';

export const jobs: DashboardPlan = {
  uid: 'varloom-jobs',
  title: 'Varloom: jobs and results',
  panels: [
    {
      title: 'Jobs by status and plan',
      unit: 'short',
      queries: [['sum by (status, plan) (max by (status, plan, genome) (varloom_jobs))', '{{status}} {{plan}}']],
    },
    {
      title: 'Oldest job by status and plan',
      unit: 's',
      queries: [[most('varloom_jobs_oldest_seconds', 'status, plan'), '{{status}} {{plan}}']],
    },
    { title: 'Jobs ended in an hour', unit: 'short', queries: [[ended('status'), '{{status}}']] },
    { title: 'Jobs ended in an hour, by genome', unit: 'short', queries: [[ended('genome'), '{{genome}}']] },
    {
      title: 'Failed in an hour, by cause',
      unit: 'short',
      queries: [[ended('cause', '{status="FAILED"}'), '{{cause}}']],
    },
    {
      title: 'Variants a second',
      unit: 'short',
      queries: [[rate('varloom_annotated_variants_total', 'genome'), '{{genome}}']],
    },
    {
      title: 'Bytes in and out of the engine',
      unit: 'Bps',
      queries: [
        ['sum(rate(varloom_annotation_input_bytes_total[$__rate_interval]))', 'in'],
        ['sum(rate(varloom_annotation_output_bytes_total[$__rate_interval]))', 'out'],
      ],
    },
    {
      title: 'Duration of an annotation',
      unit: 's',
      queries: [
        [quantile(0.5, 'varloom_annotation_duration_seconds'), 'half of them'],
        [quantile(0.95, 'varloom_annotation_duration_seconds'), '95 %'],
      ],
    },
    {
      title: 'Speed of one annotation (variants a second)',
      unit: 'short',
      queries: [[quantile(0.5, 'varloom_annotation_variants_per_second', 'genome'), '{{genome}}']],
    },
    { title: 'Results by where they are', unit: 'short', queries: [[most('varloom_results', 'state'), '{{state}}']] },
    {
      title: 'Results on their way',
      unit: 'short',
      queries: [
        [most('varloom_result_moves', 'state'), '{{state}}'],
        [most('varloom_restores', 'state'), 'restores {{state}}'],
      ],
    },
    {
      title: 'Oldest result on its way',
      unit: 's',
      queries: [
        [most('varloom_result_moves_oldest_seconds', 'state'), '{{state}}'],
        [most('varloom_restores_oldest_seconds', 'state'), 'restores {{state}}'],
      ],
    },
  ],
};
