// Every error that a person or a program can be told about: a stable type, its HTTP status, what the user can do.
// They become an ApplicationFailure in `temporal/failures.ts` and an HTTP answer in `api/errors.ts`, nowhere else.

interface ErrorKind {
  /** The HTTP status when the API answers with it. */
  status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 500 | 503;
  /** What the user can do about it. */
  remedy: string;
}

const kinds = {
  // The request
  invalid_request: { status: 422, remedy: 'Correct the named fields and send the request again.' },
  bad_request: { status: 400, remedy: 'Correct the request and send it again.' },
  body_too_large: { status: 413, remedy: 'Send a smaller request body; files go to the store, not to the API.' },
  unsupported_media_type: { status: 415, remedy: 'Send the body as JSON, with `Content-Type: application/json`.' },
  unauthenticated: { status: 401, remedy: 'Sign in, or send a valid access token or API key.' },
  forbidden: { status: 403, remedy: 'Ask an administrator for the permission, or use another account.' },
  csrf_refused: { status: 403, remedy: 'Open the page again and repeat the action there.' },
  not_found: { status: 404, remedy: 'Check the address or the id.' },
  input_not_found: { status: 404, remedy: 'Upload the file first, then name its input_file.' },
  genome_not_found: { status: 422, remedy: 'Choose one of the installed reference genomes.' },
  upgrade_required: { status: 403, remedy: 'Upgrade to Premium, or upload a smaller file.' },
  idempotency_key_reused: { status: 409, remedy: 'Use a new Idempotency-Key for a different request.' },
  api_key_limit: { status: 409, remedy: 'Revoke an API key that you no longer use, then make the new one.' },
  job_finished: { status: 409, remedy: 'The job has ended and cannot be cancelled any more.' },
  result_not_ready: { status: 409, remedy: 'Wait until the job is COMPLETED.' },
  no_result: {
    status: 404,
    remedy: 'The job did not complete: read its error, correct the input and submit it again.',
  },
  result_archived: { status: 403, remedy: 'Upgrade to Premium to have the result restored.' },
  result_restoring: { status: 409, remedy: 'Wait until the result is restored; you will get an e-mail.' },
  result_not_archived: { status: 409, remedy: 'The result is not in the archive; open the job to see where it is.' },
  result_deleted: { status: 404, remedy: 'The data of this job were erased; submit the file again.' },
  held: { status: 409, remedy: 'The result is part of an open delivery; wait until the delivery is closed.' },
  rate_limited: { status: 429, remedy: 'Wait as long as the header Retry-After says, then send the request again.' },
  too_many_requests: { status: 429, remedy: 'Wait a moment and try again.' },
  unavailable: { status: 503, remedy: 'Try again in a moment.' },
  internal: { status: 500, remedy: 'Try again; if it goes on, report the request id to the operator.' },

  // Review
  sign_in_again: { status: 401, remedy: 'Sign in again: a signature needs a recent sign-in.' },
  wrong_role: { status: 403, remedy: 'Ask somebody who has the role, or an administrator to give it to you.' },
  wrong_state: { status: 409, remedy: 'Open the delivery to see what can be done with it now.' },
  wrong_level: { status: 409, remedy: 'Wait until the levels below have accepted the sample.' },
  same_person: { status: 409, remedy: 'Each level is decided by another person: ask a colleague.' },
  already_decided: { status: 409, remedy: 'Open the sample to see the decision.' },
  result_changed: { status: 409, remedy: 'The result is another one than you reviewed: open the sample again.' },
  sample_closed: { status: 409, remedy: 'Open the sample to see how its review ended.' },
  claimed: { status: 409, remedy: 'Somebody else has claimed this sample: ask them to release it.' },
  sample_in_delivery: { status: 409, remedy: 'Leave the sample out, or recall the other delivery first.' },
  reason_required: { status: 422, remedy: 'Name a reason code; the reason "other" needs a comment.' },
  then_required: { status: 422, remedy: 'Say what is to follow: return, reannotate or withdraw.' },
  no_level_below: { status: 422, remedy: 'There is no level below: choose reannotate or withdraw.' },

  // Partners and their programs
  wrong_audience: { status: 403, remedy: 'Use the token that was made for this service.' },
  wrong_scope: { status: 403, remedy: 'Use a token with the scope that is named.' },
  partner_disabled: { status: 403, remedy: 'Ask the laboratory why it has ended its deliveries to you.' },
  partner_exists: { status: 409, remedy: 'Choose another name: each partner has one of its own.' },
  token_limit: { status: 409, remedy: 'Revoke a token that is no longer used, then make the new one.' },
  endpoint_limit: { status: 409, remedy: 'Remove an endpoint that is no longer used, then add the new one.' },
  news_outdated: {
    status: 409,
    remedy: 'What the message says holds no more: release the delivery again to tell the partner.',
  },
  endpoint_disabled: { status: 409, remedy: 'Enable the endpoint again first.' },
  webhook_url_refused: { status: 422, remedy: 'Give an https address that can be reached from the internet.' },

  // Samples and their laboratory
  barcode_taken: { status: 409, remedy: 'Use the sample that has this barcode, or give this one another.' },
  result_not_live: {
    status: 409,
    remedy: 'Have the result brought back from the archive, or annotate the file again.',
  },
  last_admin: { status: 409, remedy: 'Make somebody else an administrator first.' },
  member_unverified: {
    status: 409,
    remedy:
      'Ask them to confirm the address at the sign-in service, and to sign in here once more. If that does not help, the operator must have that service say it (claim email_verified).',
  },
  member_not_movable: {
    status: 409,
    remedy:
      'Only a user of no laboratory who has no files, jobs or payments yet can become a member: use another account.',
  },

  // The input file: found when the file is validated or annotated
  input_empty: { status: 422, remedy: 'Upload a VCF file that has content.' },
  input_not_vcf: { status: 422, remedy: 'Upload a VCF (text, gzip or BGZF) that starts with ##fileformat=VCF.' },
  input_bad_encoding: { status: 422, remedy: 'Save the file as plain UTF-8 without a byte order mark.' },
  input_no_header: { status: 422, remedy: 'Add the #CHROM header line before the first record.' },
  input_truncated: { status: 422, remedy: 'The file is incomplete; upload the whole file again.' },
  input_corrupt: { status: 422, remedy: 'The compressed data are damaged; compress or copy the file again.' },
  input_unsorted: { status: 422, remedy: 'Sort the file (bcftools sort) and upload it again.' },
  input_unknown_contig: { status: 422, remedy: 'Choose the reference genome that the file was called against.' },
  input_reference_mismatch: {
    status: 422,
    remedy: 'REF differs from the reference genome: choose the genome that the file was called against.',
  },
  input_bad_position: { status: 422, remedy: 'Correct POS: it must be from 1 to the length of the contig.' },
  input_malformed_record: { status: 422, remedy: 'Correct the named line and upload the file again.' },
  input_line_too_long: { status: 422, remedy: 'Split or correct the named line.' },
  input_too_dense: { status: 422, remedy: 'Remove duplicate records at the named position.' },
  input_too_large: { status: 422, remedy: 'Split the file, or upload it in smaller pieces.' },
  input_changed: {
    status: 422,
    remedy: 'The uploaded file was replaced or deleted after submission; submit it again.',
  },

  // The engine
  engine_records_lost: { status: 500, remedy: 'Report the job id to the operator; the input is kept.' },
  engine_failed: { status: 500, remedy: 'Report the job id to the operator; the input is kept.' },
  engine_worker_lost: {
    status: 500,
    remedy: 'Split the file, or report the job id to the operator; the input is kept.',
  },
  engine_out_of_bounds: { status: 422, remedy: 'The file needs more time or memory than is allowed; split it.' },

  // The archive
  archive_verification_failed: {
    status: 500,
    remedy: 'The result stays available; report the job id to the operator.',
  },
  archive_missing: { status: 500, remedy: 'The archived copy is not in the store; report the job id to the operator.' },
  retrieval_refused: {
    status: 500,
    remedy: 'The archive does not allow retrieval at the speed that is set; the operator must choose another one.',
  },
  retrieval_overdue: {
    status: 500,
    remedy: 'The archive did not answer in days; try again, or report the job id to the operator.',
  },
  restore_verification_failed: {
    status: 500,
    remedy: 'The archived copy stays; try again, or report the job id to the operator.',
  },

  // Paying
  already_premium: { status: 409, remedy: 'You have Premium already; manage it on the billing page.' },
  no_subscription: { status: 409, remedy: 'There is nothing to cancel: you are on the Free plan.' },
  no_customer: { status: 409, remedy: 'Upgrade first: the billing portal opens with the first checkout.' },
  billing_refused: { status: 500, remedy: 'The payment service refused the request; report it to the operator.' },
  billing_not_configured: {
    status: 503,
    remedy: 'The operator must set STRIPE_API_KEY, and name a price or create one with the expected lookup key.',
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorType = keyof typeof kinds;

export const ERROR_TYPES = Object.keys(kinds) as ErrorType[];

export function isErrorType(text: string): text is ErrorType {
  return Object.hasOwn(kinds, text);
}

export function httpStatusOf(type: ErrorType): ErrorKind['status'] {
  return kinds[type].status;
}

export function remedyOf(type: ErrorType): string {
  return kinds[type].remedy;
}

/** Plain JSON, small, and never personal: it is stored with the job and shown to its owner. */
export type ErrorDetails = Record<string, string | number | boolean | null>;

/**
 * An expected error: the input, the request or the state forbids the act, and trying again cannot help.
 * Anything else that is thrown is unexpected, and a retry may help.
 */
export class VarloomError extends Error {
  readonly type: ErrorType;
  readonly details: ErrorDetails | undefined;

  constructor(type: ErrorType, message: string, details?: ErrorDetails, options?: ErrorOptions) {
    super(message, options);
    this.name = 'VarloomError';
    this.type = type;
    this.details = details;
  }
}
