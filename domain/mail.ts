// What the mail sagas and the records of mail must agree on.

/**
 * How long one attempt to send a message may take. For as long the claim on the message is respected: while one run may
 * still be sending it, no other does.
 */
export const MAIL_ATTEMPT_SECONDS = 60;
