// Plays what a seed makes of a few users, then lets everything come to rest. Answers what is not as it must be.

import { ApplicationFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { workflowIds, type UserId } from '../../domain/ids.ts';
import { annotateThenArchive } from '../../workflows/annotate-then-archive/workflow.ts';
import { reconcile, type ReconcileReport } from '../../workflows/reconcile/workflow.ts';
import { retrievedSignal } from '../../workflows/restore-result/messages.ts';
import { restoreResult } from '../../workflows/restore-result/workflow.ts';
import {
  billingChangedSignal,
  cancelSubscriptionUpdate,
  openCheckoutUpdate,
} from '../../workflows/upgrade-then-restore/messages.ts';
import { upgradeThenRestore } from '../../workflows/upgrade-then-restore/workflow.ts';
import { PRICE } from '../support/models/memory-billing.ts';
import type { MemoryJob } from '../support/models/memory-records.ts';
import { CHECKOUT_SECONDS, createWorld, illegalitiesOf } from '../support/models/world.ts';
import type { Workflow } from './execution.ts';
import { randomFrom, type Random } from './random.ts';
import { writeScript, type Happening, type Script } from './script.ts';
import { Simulation } from './simulation.ts';

interface Actor {
  userId: UserId;
  jobs: MemoryJob[];
  script: Script;
  calls: number;
  events: number;
  /** How often the user may rightly have paid: duplicates are not counted. */
  rightPayments: number;
  duplicates: number;
  /** Subscriptions that ran when their owner asked for their end at once, and was told that it is so. */
  givenUp: Set<string>;
  /** How often a subscription ended that was used: a duplicate of it is none any more. */
  endings: number;
}

export interface Playing {
  found: string[];
  /** What happened, in order. */
  story: string[];
}

const ROUNDS = 8;
/** Failures are what this is about. */
const quiet = new DefaultLogger('ERROR');

export async function play(seed: number, setClock: (ms: number) => void): Promise<Playing> {
  const random = randomFrom(seed);
  const startMs = Date.UTC(2026, 0, 1);
  setClock(startMs);
  const world = createWorld();
  world.newId = () => idFrom(random);
  const activities = new Map(
    Object.entries(world.activities).map(([name, activity]) => [
      name,
      // As in a worker: with a context, in which it may heartbeat.
      (input: never) =>
        new MockActivityEnvironment({}, { logger: quiet }).run<[never], unknown, typeof activity>(activity, input),
    ]),
  );
  const simulation = new Simulation({ random, startMs, activities, setClock });
  world.useClock(async () => simulation.nowMs);
  world.retrievalSeconds = random.pick([0, 30, 600, 12 * 3600]);
  await world.tick();
  const actors = new Map<UserId, Actor>();
  let isOver = false;
  const story: string[] = [];
  const note = (text: string) => void story.push(`+${((simulation.nowMs - startMs) / 1000).toFixed(1)} s: ${text}`);

  const isReliable = random.isLucky(0.5);
  for (let count = 1 + random.below(3); count > 0; count--) {
    const script = writeScript(random, isReliable);
    const userId = world.addUser();
    const jobs: MemoryJob[] = [];
    for (const state of script.results) {
      jobs.push(state === 'new' ? world.submit('free', userId) : await world.plant(userId, state));
    }
    const actor = {
      userId,
      jobs,
      script,
      calls: 0,
      events: 0,
      rightPayments: 0,
      duplicates: 0,
      endings: 0,
      givenUp: new Set<string>(),
    };
    actors.set(userId, actor);
    for (const happening of script.happenings) {
      if ('atSeconds' in happening) simulation.after(happening.atSeconds * 1000, () => perform(actor, happening.act));
    }
  }

  world.onBillingChanged = (userId) => {
    const actor = actors.get(userId);
    for (const seconds of actor?.script.deliveries[actor.events++] ?? []) {
      simulation.after(seconds * 1000, () => tell(userId));
    }
  };

  world.around = async (name, input, act) => {
    const actor = actorOf(input);
    if (!actor) return act();
    if (name === 'billing.subscription.cancel') actor.endings += 1;
    if (isOver) return act();
    const call = (actor.calls += 1);
    for (const happening of actor.script.happenings) {
      if ('atCall' in happening && happening.atCall === call) await perform(actor, happening.act, ` in ${name}`);
    }
    const fault = actor.script.faults.get(call);
    note(`${name} ${JSON.stringify(input)}${fault ? ` fails ${fault} its act` : ''}`);
    if (fault === 'before') throw ApplicationFailure.create({ message: `${name} fails` });
    const output = await act();
    if (fault === 'after') throw ApplicationFailure.create({ message: `${name} fails` });
    return output;
  };

  function actorOf(input: unknown): Actor | undefined {
    const text = JSON.stringify(input) ?? '';
    return [...actors.values()].find(({ userId, jobs }) => {
      const customerId = world.billing.customerOf(userId);
      const held = world.billing.subscriptionsOf(userId).map(({ subscriptionId }) => subscriptionId);
      const paying = [customerId, ...held, ...world.billing.openPagesOf(userId)];
      const ids = [userId, ...jobs.map(({ jobId }) => jobId), ...paying.map((id) => `"${id}"`)];
      return ids.some((id) => text.includes(id));
    });
  }

  /** An annotation that is not complete is none of ours. */
  const mover = ({ jobId, status }: MemoryJob) =>
    simulation.running(workflowIds.restore(jobId)) ??
    simulation.running(workflowIds.archive(jobId)) ??
    (status === 'COMPLETED' ? simulation.running(workflowIds.annotation(jobId)) : undefined);
  const startOr = (id: string, workflow: Workflow, args: unknown[]) =>
    simulation.running(id) ?? simulation.start(id, workflow, args);
  const subscriptionOf = (userId: UserId) =>
    startOr(workflowIds.subscription(userId), upgradeThenRestore, [{ userId }]);
  const tell = (userId: UserId) => simulation.signal(subscriptionOf(userId), billingChangedSignal.name);
  // A refusal is an answer.
  const update = (userId: UserId, name: string, args: unknown[] = [], accepted = () => {}) =>
    void simulation.update(subscriptionOf(userId), name, args).then(accepted, () => {});

  async function perform(actor: Actor, act: Happening, where = ''): Promise<void> {
    await world.tick();
    const { userId, jobs } = actor;
    const { billing, store } = world;
    const running = () =>
      billing.subscriptionsOf(userId).filter(({ status }) => status === 'active' || status === 'past_due');
    const paid = running()[0]?.subscriptionId;
    const job = 'job' in act ? jobs[act.job] : undefined;
    const pay = (outcome: string) => {
      if (outcome === 'paid') actor[paid === undefined ? 'rightPayments' : 'duplicates'] += 1;
      note(`→ ${outcome}`);
    };
    /** Whatever it charges is right. */
    const renewing = (renew: () => void) => {
      const before = billing.moneyOf(userId).charged;
      renew();
      actor.rightPayments += (billing.moneyOf(userId).charged - before) / PRICE.amount;
    };
    note(`${JSON.stringify(act)} by ${userId}${where}`);
    switch (act.what) {
      case 'open page':
        return update(userId, openCheckoutUpdate.name);
      case 'pay':
        return pay(billing.payAs(userId, act.card));
      case 'pay lost page': {
        const customerId = world.records.tables.subscriptions.get(userId)?.customerId;
        if (!customerId) return;
        const open = billing.activities['billing.checkout.open'];
        const { sessionId } = await open({ userId, customerId, act: `lost ${actor.calls}` });
        return pay(billing.pay(sessionId));
      }
      case 'cancel': {
        const held = running();
        return update(userId, cancelSubscriptionUpdate.name, [{ at: act.at }], () => {
          if (act.at === 'now') for (const { subscriptionId } of held) actor.givenUp.add(subscriptionId);
        });
      }
      case 'period ends':
        if (paid !== undefined) renewing(() => billing.endPeriod(paid));
        if (running().every(({ subscriptionId }) => subscriptionId !== paid)) actor.endings += 1;
        return;
      case 'renewal fails':
        if (paid !== undefined) billing.failRenewal(paid);
        return;
      case 'overdue is paid':
        if (paid !== undefined) renewing(() => billing.payOverdue(paid));
        return;
      case 'collecting is given up':
        if (paid !== undefined) billing.giveUpCollecting(paid);
        actor.endings += 1;
        return;
      case 'dispute':
        if (paid !== undefined) billing.dispute(paid);
        return;
      case 'event':
        return tell(userId);
      case 'notice': {
        const run = job && simulation.running(workflowIds.restore(job.jobId));
        if (run) simulation.signal(run, retrievedSignal.name);
        return;
      }
      case 'retrieval is forgotten':
        if (job?.archiveKey) store.archive.forgetRetrievals(job.archiveKey);
        return;
      case 'owner restores': {
        const isAllowed = world.records.tables.user(userId).plan === 'premium' && job?.resultState === 'archived';
        if (isAllowed) startOr(workflowIds.restore(job.jobId), restoreResult, [{ jobId: job.jobId }]);
        return;
      }
      case 'annotate':
        if (job) startOr(workflowIds.annotation(job.jobId), annotateThenArchive, [{ jobId: job.jobId }]);
        return;
      case 'operator cancels the subscription saga':
        return simulation.running(workflowIds.subscription(userId))?.scope.cancel();
      case 'operator terminates the subscription saga': {
        const run = simulation.running(workflowIds.subscription(userId));
        return run && simulation.terminate(run);
      }
      case 'operator cancels the move':
        return job && mover(job)?.scope.cancel();
      case 'operator terminates the move': {
        const run = job && mover(job);
        return run && simulation.terminate(run);
      }
    }
  }

  // A saga may wait for one that an operator has ended: the Schedule comes by while it waits.
  for (const days of isReliable ? [] : [4, 8, 12]) {
    simulation.after(days * 24 * 3600 * 1000, () => void simulation.start(`reconcile-day-${days}`, reconcile, []));
  }
  const found: string[] = [];
  const comeToRest = () => simulation.run().catch((error: unknown) => void found.push(String(error)));
  await comeToRest();
  for (const actor of actors.values()) {
    if (!actor.script.isReliable) continue;
    // A page that was opened late has not expired yet.
    const early = (await illegal(actor)).filter((what) => !what.endsWith('no payment page is open'));
    found.push(...early.map((what) => `before reconciliation, ${what}`));
  }
  // What was lost, or cut short by an operator, is found by reconciliation.
  note('reconciliation');
  isOver = true;
  for (let round = 0; round < ROUNDS && found.length === 0; round++) {
    for (const { userId } of actors.values()) tell(userId);
    await comeToRest();
    const run = simulation.start(`reconcile-${round}`, reconcile, []);
    await comeToRest();
    // What the workflow answers.
    const report = run.end.result as ReconcileReport | undefined;
    if (report && report.usersTold + report.restoresStarted + report.archivesStarted === 0) break;
  }

  // Pages that nobody needs any more expire by themselves.
  simulation.nowMs += CHECKOUT_SECONDS * 1000;
  await world.tick();
  found.push(...simulation.stuck.map((id) => `${id} waits for nothing`));
  for (const actor of actors.values()) found.push(...(await illegal(actor)));
  return { found, story };

  async function illegal({ userId, script, ...actor }: Actor): Promise<string[]> {
    const { rightPayments, duplicates, endings, givenUp } = actor;
    const most = rightPayments + Math.min(duplicates, endings);
    const kept = world.billing
      .subscriptionsOf(userId)
      .filter(({ subscriptionId, status }) => status !== 'canceled' && givenUp.has(subscriptionId))
      // A saga that an operator ended cannot keep its word.
      .filter(() => script.isReliable)
      .map(({ subscriptionId }) => `${subscriptionId} was given up, and runs`);
    // Nothing was used and ended: whoever is Free has got everything back.
    const isUndone = world.records.tables.user(userId).plan === 'free' && endings === 0;
    return [...kept, ...(await illegalitiesOf(world, userId, { most: isUndone ? 0 : most }))];
  }
}

function idFrom(random: Random): string {
  const hex = (length: number) => Array.from({ length }, () => random.below(16).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
}
