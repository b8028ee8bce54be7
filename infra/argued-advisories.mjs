// Advisories of severity high or critical that `infra/advisories.mjs` lets pass, by their id, each with why we are not hurt. One
// that is found no more is refused: take it out.

export const ARGUED = {};
