// What users and operators see of an annotation while it goes: its step, and by what it is found in Temporal.

import type { ShownEnd } from '../../activities/records/activities.ts';
import type { JobStatus } from '../../domain/jobs.ts';
import type { Plan } from '../../domain/plans.ts';
import { showAs, showDetails } from '../shown.ts';
import type { SagaProgress } from './messages.ts';

/** What the steps are called for people. */
const STEPS: Readonly<Record<SagaProgress['step'], string>> = {
  registering: 'Registering the job',
  annotating: 'The engine annotates, or the job waits for an engine worker',
  publishing: 'Recording the result',
  retaining: 'The result is live; when the retention window is over, the plan is looked up',
  archiving: "A Free owner's result goes to the archive",
  undoing: 'Undoing what was begun',
  done: 'Done',
};

export class ShownAnnotation {
  readonly progress: SagaProgress = { step: 'registering', retainedUntil: null };
  #hasAttributes = false;

  step(step: SagaProgress['step']): void {
    this.progress.step = step;
    showDetails(STEPS[step]);
  }

  /** Runs that began before there were attributes were told nothing to show, and go on without. */
  began(genome: string, shown: { plan: Plan; organizationId: string } | undefined): void {
    if (shown === undefined) return;
    this.#hasAttributes = true;
    const { plan, organizationId } = shown;
    showAs({ JobStatus: 'RUNNING', Plan: plan, Genome: genome, OrganizationId: organizationId });
  }

  /** False where nothing was shown when it began. */
  ended(status: JobStatus): boolean {
    if (this.#hasAttributes) showAs({ JobStatus: status });
    return this.#hasAttributes;
  }

  /** What ended without having begun in this run; undefined in what old histories hold. */
  endedBefore(job: ShownEnd | undefined): void {
    if (job === undefined) return;
    const { status, plan, genome, organizationId } = job;
    showAs({ JobStatus: status, Plan: plan, Genome: genome, OrganizationId: organizationId });
  }
}
