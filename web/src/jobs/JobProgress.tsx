// How far a job is: phase, records and share. Screen readers hear the phase and each quarter, not every tick.

import { Text, VisuallyHidden } from '@mantine/core';
import { JOB_PHASES } from '../../../domain/jobs.ts';
import type { Job } from '../api.ts';
import { ProgressBar } from '../layout/ProgressBar.tsx';
import { formatCount } from '../text/format.ts';
import { phaseLabel } from './labels.tsx';
import classes from './JobPage.module.css';

export function JobProgress({ job }: { job: Job }) {
  const { phase, records, percent } = job.progress;
  const rounded = Math.floor(percent);
  const quarter = Math.floor(percent / 25) * 25;
  const reached = JOB_PHASES.indexOf(phase);
  return (
    <>
      <Text>
        {phaseLabel(phase)}
        {records > 0 ? ` · ${formatCount(records)} records` : ''} · {rounded} %
      </Text>
      <ProgressBar percent={rounded} label="Share of the file that was read" />
      <VisuallyHidden role="status" aria-live="polite">
        {`${phaseLabel(phase)}${quarter > 0 ? `, ${quarter} percent` : ''}`}
      </VisuallyHidden>
      <ol className={classes.phases} aria-label="Phases">
        {JOB_PHASES.map((name, index) => (
          <li key={name} {...(index === reached ? { 'aria-current': 'step' as const } : {})}>
            <span aria-hidden="true">{index < reached ? '✓ ' : index === reached ? '▸ ' : '· '}</span>
            {phaseLabel(name)}
            {index < reached ? <VisuallyHidden> (done)</VisuallyHidden> : null}
          </li>
        ))}
      </ol>
    </>
  );
}
