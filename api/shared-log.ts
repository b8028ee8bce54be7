// The log of an annotation as others than its owner see it: what the owner called the file may name a patient.

const INPUT_ROW = /^Input +\S.*$/m;

/** The same log, without the name of the input. */
export const withoutFileName = (log: string): string =>
  log.replace(INPUT_ROW, 'Input                  (its owner’s log has the name of the file)');
