// What waits for a reviewer, and what they do with it: claim it, give it back, decide and sign.

import { createRoute, z } from '@hono/zod-openapi';
import { listWaitingReviews, type ReviewedSample } from '../../db/delivery-view.ts';
import { findReference } from '../../db/references.ts';
import { VarloomError } from '../../domain/errors.ts';
import * as http from '../../domain/http-review.ts';
import { refusalOf, type DecisionRequest } from '../../domain/review.ts';
import { actingUser, type Authenticate } from '../auth/authenticate.ts';
import { createAuthorize } from '../auth/authorize.ts';
import { createRoutes, type Dependencies } from '../context.ts';
import { answers, jsonBody } from '../openapi.ts';
import { sampleParam } from './deliveries.ts';
import { claimShown } from './delivery-shapes.ts';
import { levelsOf, ownReviewedSample, refuseUnlessAt, refuseUnlessReviewer } from './review-access.ts';

type Reannotate = NonNullable<z.infer<typeof http.decide>['reannotate']>;

export function reviewRoutes(deps: Dependencies, authenticate: Authenticate) {
  const { database, sagas, settings } = deps;
  const authorize = createAuthorize(deps);
  const routes = createRoutes();

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/reviews',
      middleware: [authenticate('account'), authorize('delivery.read')] as const,
      request: { query: http.listReviews },
      responses: answers({ 200: { reviews: z.array(http.review), next: z.string().nullable() } }, [401, 403, 422]),
      summary: 'What waits for a decision of the caller, the longest first',
    }),
    async (c) => {
      const caller = c.get('caller');
      const levels = await levelsOf(deps, caller);
      const { rows, next } = await listWaitingReviews(database, caller.principal, levels, c.req.valid('query'));
      const dueMs = settings.REVIEW_ESCALATION_SECONDS * 1000;
      const reviews = rows.map((row) => ({
        delivery_id: row.deliveryId,
        sample_id: row.sampleId,
        barcode: row.barcode,
        level: row.level,
        result_checksum: row.resultSha256,
        since: row.since.toISOString(),
        due_at: new Date(row.since.getTime() + dueMs).toISOString(),
        ...claimShown(row, settings),
      }));
      return c.json({ code: 200 as const, status: 'success' as const, reviews, next }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/deliveries/{delivery_id}/samples/{sample_id}/decisions',
      // A sign-in that is too old is told before anything else.
      middleware: [authenticate('signature')] as const,
      request: { params: sampleParam, body: jsonBody(http.decide) },
      responses: answers({ 200: http.decided.shape }, [401, 403, 404, 409, 422]),
      summary: 'Accept or reject a sample, and sign that: needs a recent sign-in, and the role of the level',
    }),
    async (c) => {
      const caller = c.get('caller');
      const { ref, found, refusal } = await ownReviewedSample(deps, caller, c.req.valid('param'));
      const body = c.req.valid('json');
      const { level, decision, result_checksum: resultChecksum, meaning, comment } = body;
      await refuseUnlessAt(deps, caller, level);

      const isReject = decision === 'reject';
      const reasons = isReject ? { reasonCode: body.reason_code, followUp: body.then } : {};
      const request = { level, decision, userId: caller.user.userId, comment, ...reasons };
      refuseIncomplete(request);
      const reannotate = isReject && body.then === 'reannotate' ? body.reannotate : undefined;
      await refuseUnknownGenome(reannotate?.genome);
      // About another result the decision is refused as such.
      if (request.followUp === 'reannotate' && found.resultSha256 === resultChecksum) refuseSame(found, reannotate);
      const { authenticatedAt } = caller;
      if (!authenticatedAt) throw new VarloomError('sign_in_again', 'Only a person who has signed in can sign.');

      const { state, level: levelNow } = await sagas.decide(
        caller.principal,
        { sample: ref.sample, refusal: () => refusal(request) },
        {
          level,
          decision,
          resultChecksum,
          authenticatedAt: authenticatedAt.toISOString(),
          meaning,
          comment,
          ...reasons,
          ...(reannotate
            ? { reannotate: { genome: reannotate.genome, consequenceMode: reannotate.consequence_mode } }
            : {}),
        },
      );
      const answer = { sample_id: ref.sample, state, level: levelNow };
      return c.json({ code: 200 as const, status: 'success' as const, ...answer }, 200);
    },
  );

  for (const what of ['claim', 'release'] as const) {
    routes.openapi(
      createRoute({
        method: 'post',
        path: `/deliveries/{delivery_id}/samples/{sample_id}/${what}`,
        middleware: [authenticate('account')] as const,
        request: { params: sampleParam },
        responses: answers({ 200: { sample_id: z.uuid(), claimed_by: z.uuid().nullable() } }, [401, 403, 404, 409]),
        summary: what === 'claim' ? 'Take a sample: nobody else decides it meanwhile' : 'Give a claimed sample back',
      }),
      async (c) => {
        const caller = c.get('caller');
        const { ref, found, refusal } = await ownReviewedSample(deps, caller, c.req.valid('param'));
        if (what === 'claim') await refuseUnlessAt(deps, caller, found.review.level);
        // Who has lost the role since may still give it back.
        else if (found.review.claimedBy !== caller.user.userId) await refuseUnlessReviewer(deps, caller);
        await sagas.claimReview(actingUser(caller), { sample: ref.sample, refusal }, what);
        const claimed_by = what === 'claim' ? caller.user.userId : null;
        return c.json({ code: 200 as const, status: 'success' as const, sample_id: ref.sample, claimed_by }, 200);
      },
    );
  }

  return routes;

  async function refuseUnknownGenome(genome: string | undefined): Promise<void> {
    if (genome === undefined || (await findReference(database, { kind: 'system', name: 'reviews' }, genome))) return;
    throw new VarloomError('genome_not_found', `There is no reference genome ${genome}.`, { genome });
  }
}

/** The same annotation again would give the same result. */
function refuseSame(
  { job }: ReviewedSample,
  { genome = job.genome, consequence_mode: mode = job.consequenceMode }: Reannotate = {},
): void {
  if (genome !== job.genome || mode !== job.consequenceMode) return;
  throw new VarloomError('invalid_request', 'Name another genome or another mode for the new annotation.', {
    'reannotate.genome': `is ${job.genome} already`,
    'reannotate.consequence_mode': `is ${job.consequenceMode} already`,
  });
}

const INCOMPLETE = {
  reason_required: 'A reject needs a reason.',
  then_required: 'A reject needs to say what follows.',
  no_level_below: 'There is no level below the first.',
} as const;

/** What is wrong with the request, whatever the state of the sample. */
function refuseIncomplete(request: DecisionRequest): void {
  const refusal = refusalOf({ state: 'in_review', level: request.level, decidedBy: {} }, request);
  if (refusal !== undefined && refusal in INCOMPLETE) {
    // The key was just found there.
    throw new VarloomError(refusal, INCOMPLETE[refusal as keyof typeof INCOMPLETE]);
  }
}
