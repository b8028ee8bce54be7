/** By the id of the advisory (`GHSA-…`). */
export const ARGUED: Readonly<Record<string, string>>;
