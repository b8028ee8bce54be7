// A decision as it is being written: what is missing before it can be signed, what is sent, and how it outlives a
// sign-in in between.

import { CONSEQUENCE_MODES, type ConsequenceMode } from '../../../domain/jobs.ts';
import {
  DECISIONS,
  FOLLOW_UPS,
  levelBelow,
  meaningOf,
  REASON_CODES,
  type Decision,
  type FollowUp,
  type ReasonCode,
  type ReviewLevel,
  type SignatureMeaning,
} from '../../../domain/review.ts';
import type { DecisionBody, SampleRef } from '../laboratory/api.ts';

export interface Draft {
  decision: Decision | null;
  reasonCode: ReasonCode | null;
  followUp: FollowUp | null;
  comment: string;
  /** Null: as it is now. */
  genome: string | null;
  mode: ConsequenceMode | null;
}

export const EMPTY_DRAFT: Draft = {
  decision: null,
  reasonCode: null,
  followUp: null,
  comment: '',
  genome: null,
  mode: null,
};

/** What is still missing, as a person is told; undefined when the decision can be signed. */
export function missingIn(written: Draft, level: ReviewLevel): string | undefined {
  if (written.decision === null) return 'Choose whether you accept or reject the sample.';
  if (written.decision === 'accept') return undefined;
  if (written.reasonCode === null) return 'Choose a reason.';
  if (written.reasonCode === 'other' && written.comment.trim() === '') return 'Say in the comment what the reason is.';
  if (written.followUp === null) return 'Choose what is to follow.';
  if (written.followUp === 'return' && levelBelow(level) === undefined) return 'There is no level below to return to.';
  if (written.followUp === 'reannotate' && written.genome === null && written.mode === null) {
    return 'Choose another genome or another mode for the new annotation.';
  }
  return undefined;
}

/** What the signature says: who rejects has reviewed the result, and approves of nothing. */
export const signatureOf = (decision: Decision | null, level: ReviewLevel): SignatureMeaning =>
  meaningOf(level, decision ?? undefined);

/** The signed decision as it is sent; call it when nothing is missing. */
export function bodyOf(written: Draft, level: ReviewLevel, resultChecksum: string): DecisionBody {
  const comment = written.comment.trim();
  const signed: DecisionBody = {
    level,
    decision: written.decision ?? 'reject',
    result_checksum: resultChecksum,
    meaning: signatureOf(written.decision, level),
    ...(comment === '' ? {} : { comment }),
  };
  if (written.decision !== 'reject') return signed;
  return {
    ...signed,
    ...(written.reasonCode === null ? {} : { reason_code: written.reasonCode }),
    ...(written.followUp === null ? {} : { then: written.followUp }),
    ...(written.followUp === 'reannotate'
      ? {
          reannotate: {
            ...(written.genome === null ? {} : { genome: written.genome }),
            ...(written.mode === null ? {} : { consequence_mode: written.mode }),
          },
        }
      : {}),
  };
}

/** What `sessionStorage` gives; of this tab, and gone with it. */
export type DraftStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const PLACE = 'varloom.decision';

interface Kept extends SampleRef {
  userId: string;
  draft: Draft;
}

/** Only one is kept: the one that is being signed. */
export function keepDraft(store: DraftStore, userId: string, ref: SampleRef, written: Draft): void {
  store.setItem(PLACE, JSON.stringify({ userId, ...ref, draft: written } satisfies Kept));
}

/** What the same person was writing about this sample; it is not kept any longer, whosever it was. */
export function takeDraft(store: DraftStore, userId: string, { deliveryId, sampleId }: SampleRef): Draft | undefined {
  const text = store.getItem(PLACE);
  store.removeItem(PLACE);
  if (text === null) return undefined;
  const found = parseJson(text);
  const isThisOne =
    isRecord(found) &&
    found['userId'] === userId &&
    found['deliveryId'] === deliveryId &&
    found['sampleId'] === sampleId;
  return isThisOne ? draftOf(found['draft']) : undefined;
}

/** An earlier version of these pages may have written it. */
function draftOf(found: unknown): Draft | undefined {
  if (!isRecord(found)) return undefined;
  const { comment, genome } = found;
  const isText = typeof comment === 'string' && (genome === null || typeof genome === 'string');
  if (!isText) return undefined;
  const chosen = {
    decision: oneOf(DECISIONS, found['decision']),
    reasonCode: oneOf(REASON_CODES, found['reasonCode']),
    followUp: oneOf(FOLLOW_UPS, found['followUp']),
    mode: oneOf(CONSEQUENCE_MODES, found['mode']),
  };
  return areKnown(chosen) ? { ...chosen, comment, genome } : undefined;
}

type Chosen = Pick<Draft, 'decision' | 'reasonCode' | 'followUp' | 'mode'>;

const areKnown = (chosen: { [Field in keyof Chosen]: Chosen[Field] | undefined }): chosen is Chosen =>
  Object.values(chosen).every((value) => value !== undefined);

/** Undefined for what is neither null nor one of them. */
function oneOf<Known extends string>(known: readonly Known[], value: unknown): Known | null | undefined {
  return value === null ? null : known.find((one) => one === value);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
