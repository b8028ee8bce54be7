// The dashboards, as tables of panels; `dashboards.ts` makes Grafana's JSON of them.
import { overview } from './overview.ts';
import { jobs } from './jobs.ts';
import { sagas } from './sagas.ts';
import { deliveries } from './deliveries.ts';
import { processes } from './processes.ts';
import type { DashboardPlan } from './panel.ts';

export const dashboardPlans: readonly DashboardPlan[] = [overview, jobs, sagas, deliveries, processes];
