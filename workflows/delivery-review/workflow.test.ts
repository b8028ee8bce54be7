// Deliveries from the first reviewer to the partner: every way to the end, and recall. Nothing here waits for time to pass;
// what does is in `timing.test.ts`. A recall that meets a release is in `tests/integration/release-recalled.test.ts`.

import { describe, expect, it } from 'vitest';
import type { DeliveryState } from '../../domain/review.ts';
import { refusalOf, reviewIllegalities } from '../../tests/support/models/review-illegalities.ts';
import { useReviewStage, type OwnReviewStage } from '../../tests/support/models/own-review-stage.ts';
import type { Delivered } from '../../tests/support/models/review-stage.ts';
import { deliveryStateQuery } from './messages.ts';

const stage = useReviewStage();
const { world } = stage;

type Recipients = Parameters<OwnReviewStage['deliver']>[1];
const ready = async (to?: Recipients): Promise<Delivered> => {
  const given = await stage.deliver(1, to);
  await stage.acceptUpTo(given.sample, 'director');
  await stage.becomes(given.delivery, 'ready');
  return given;
};
const mails = ({ delivery }: Delivered, kind: string) =>
  world.reviewMails.filter((mail) => mail.delivery === delivery && mail.kind === kind).length;
const stateOf = ({ delivery }: Delivered): DeliveryState => world.review.delivery(delivery).state;

describe('a delivery', () => {
  it('goes from its first reviewer to the acknowledgement of the partner', async () => {
    const given = await stage.deliver(3, { endpoints: [() => 'takes'] });
    for (const sample of given.samples) await stage.acceptUpTo(sample, 'director');
    await stage.becomes(given.delivery, 'ready');
    expect(await stage.direct(given.delivery, 'release')).toBe('releasing');
    await stage.becomes(given.delivery, 'released');
    expect(await given.handle.query(deliveryStateQuery)).toBe('released');
    expect(world.review.messagesOf(given.delivery)).toMatchObject([{ event: 'delivery.released' }]);
    await stage.acknowledge(given.delivery);
    expect(await given.handle.result()).toBe('acknowledged');
    expect(reviewIllegalities(world, given.delivery)).toEqual([]);
  });

  it('of which a part was withdrawn is ready with the rest', async () => {
    const given = await stage.deliver(3);
    const [first, second, third] = given.samples;
    if (!first || !second || !third) throw new Error('not three samples');
    await stage.reject(first, 'technical', 'withdraw');
    await stage.acceptUpTo(second, 'director');
    expect(stateOf(given)).toBe('in_review');
    await stage.acceptUpTo(third, 'director');
    await stage.becomes(given.delivery, 'ready');
    expect(reviewIllegalities(world, given.delivery)).toEqual([]);
  });

  it('of which nothing is left is closed', async () => {
    const given = await stage.deliver(2);
    for (const sample of given.samples) await stage.reject(sample, 'technical', 'withdraw');
    expect(await given.handle.result()).toBe('closed');
    expect(mails(given, 'delivery.ready')).toBe(0);
  });

  it('is neither released nor recalled by anybody but a director, nor released before it is ready', async () => {
    const given = await stage.deliver(1);
    for (const role of ['technical', 'licensed', 'member'] as const) {
      expect(await refusalOf(stage.direct(given.delivery, 'release', stage.people[role]))).toBe('wrong_role');
      expect(await refusalOf(stage.direct(given.delivery, 'recall', stage.people[role]))).toBe('wrong_role');
    }
    expect(await refusalOf(stage.direct(given.delivery, 'release'))).toBe('wrong_state');
    expect(stateOf(given)).toBe('in_review');
  });
});

describe('a release', () => {
  it.for<[string, Recipients]>([
    ['one webhook of several', { endpoints: [() => 'is gone', () => 'takes'] }],
    ['mail alone', { hasAddress: true }],
    ['mail, when no webhook takes it', { hasAddress: true, endpoints: [() => 'is gone'] }],
    ['no way at all: the partner asks by itself', {}],
  ])('by %s', async ([, to]) => {
    const given = await ready(to);
    await stage.direct(given.delivery, 'release');
    await stage.becomes(given.delivery, 'released');
    expect(mails(given, 'delivery.released')).toBe(to?.hasAddress ? 1 : 0);
    await stage.acknowledge(given.delivery);
    expect(await given.handle.result()).toBe('acknowledged');
  });

  it('that no webhook takes, nor any mail, is taken back', async () => {
    const given = await ready({ hasAddress: true, endpoints: [() => 'is gone'] });
    world.on('mail.delivery.send', ({ kind }: { kind: string }) => {
      if (kind !== 'delivery.released') return;
      world.fail('mail.delivery.send', { kind: 'permanent', of: 'delivery.released' });
    });
    await stage.direct(given.delivery, 'release');
    await expect.poll(() => mails(given, 'delivery.release_failed')).toBe(1);
    expect(world.review.delivery(given.delivery)).toMatchObject({
      state: 'ready',
      releaseFailure: 'The partner could not be told.',
    });
    world.reset();
    await stage.direct(given.delivery, 'release');
    await stage.becomes(given.delivery, 'released');
  });

  it('to a partner whose endpoints are all disabled, and who has no address, is taken back', async () => {
    const given = await ready({ endpoints: [() => 'takes'], isMute: true });
    await stage.direct(given.delivery, 'release');
    await expect.poll(() => mails(given, 'delivery.release_failed')).toBe(1);
    expect(world.review.delivery(given.delivery)).toMatchObject({
      state: 'ready',
      releaseFailure: 'The partner could not be told.',
    });
    world.review.delivery(given.delivery).isMute = false;
    await stage.direct(given.delivery, 'release');
    await stage.becomes(given.delivery, 'released');
  });

  it('to a partner that is disabled is refused, and that to one disabled meanwhile is taken back', async () => {
    const given = await ready({ hasAddress: true });
    const partner = world.review.delivery(given.delivery);
    partner.isPartnerDisabled = true;
    expect(await refusalOf(stage.direct(given.delivery, 'release'))).toBe('wrong_state');
    expect(stateOf(given)).toBe('ready');
    partner.isPartnerDisabled = false;
    world.on('records.delivery.announce', () => void (partner.isPartnerDisabled = true));
    await stage.direct(given.delivery, 'release');
    await expect.poll(() => mails(given, 'delivery.release_failed')).toBe(1);
    expect(stateOf(given)).toBe('ready');
    world.reset();
  });

  it.for([
    'records.delivery.settle',
    'records.delivery.direct',
    'records.delivery.announce',
    'records.delivery.move',
  ] as const)('goes on when %s fails, before or after its act', async (name) => {
    const given = await ready({ endpoints: [() => 'takes'] });
    for (const when of ['before', 'after'] as const) {
      world.fail(name, { kind: 'transient', when });
      if (when === 'before') await stage.direct(given.delivery, 'release');
      else await stage.acknowledge(given.delivery);
      await stage.becomes(given.delivery, when === 'before' ? 'released' : 'acknowledged');
    }
    expect(await given.handle.result()).toBe('acknowledged');
    expect(reviewIllegalities(world, given.delivery)).toEqual([]);
  });
});

describe('a recall', () => {
  const isRecalled = async (given: Delivered) => {
    expect(await given.handle.result()).toBe('recalled');
    for (const sample of given.samples) {
      expect(['accepted', 'withdrawn', 'ended: the delivery is no longer in review']).toContain(
        await stage.review(sample).result(),
      );
    }
    expect(reviewIllegalities(world, given.delivery)).toEqual([]);
  };

  it('during review ends the reviews, at whatever level they are', async () => {
    const given = await stage.deliver(3);
    await stage.acceptUpTo(given.sample, 'director');
    await stage.acceptUpTo(given.samples[1] ?? given.sample, 'technical');
    expect(await stage.direct(given.delivery, 'recall')).toBe('recalled');
    await isRecalled(given);
  });

  it('of a delivery that is ready', async () => {
    const given = await ready();
    expect(await stage.direct(given.delivery, 'recall')).toBe('recalled');
    await isRecalled(given);
  });

  it('comes too late once the partner was told, and once it has acknowledged', async () => {
    const given = await ready();
    await stage.direct(given.delivery, 'release');
    await stage.becomes(given.delivery, 'released');
    expect(await refusalOf(stage.direct(given.delivery, 'recall'))).toBe('wrong_state');
    await stage.acknowledge(given.delivery);
    expect(await given.handle.result()).toBe('acknowledged');
  });

  it('frees its samples, which may be delivered at once', async () => {
    const given = await stage.deliver(2);
    await stage.acceptUpTo(given.sample, 'technical');
    // As when its reviews have not heard of the recall yet.
    world.review.delivery(given.delivery).state = 'recalled';
    for (const row of world.review.tables.reviews) if (row.delivery === given.delivery) row.isOpen = false;
    const anew = await stage.deliver(given.samples);
    expect(world.review.review({ delivery: anew.delivery, sample: anew.sample })).toMatchObject({ level: 'technical' });
    await stage.acceptUpTo(anew.sample, 'director');
    await stage.acceptUpTo(anew.samples[1] ?? anew.sample, 'director');
    await stage.becomes(anew.delivery, 'ready');
    expect(reviewIllegalities(world, anew.delivery)).toEqual([]);
  });
});

describe('mail that is not sent', () => {
  it('keeps no decision, release or recall waiting', async () => {
    const given = await stage.deliver(1);
    let send = () => {};
    const held = new Promise<void>((resolve) => (send = resolve));
    world.on('mail.delivery.send', ({ kind }: { kind: string }) => (kind === 'delivery.ready' ? held : undefined));
    await stage.acceptUpTo(given.sample, 'director');
    await stage.becomes(given.delivery, 'ready');
    await stage.direct(given.delivery, 'release');
    await stage.becomes(given.delivery, 'released');
    send();
    await stage.acknowledge(given.delivery);
    expect(await given.handle.result()).toBe('acknowledged');
  });
});
