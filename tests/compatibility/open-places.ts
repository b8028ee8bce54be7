// Places of the API where answers may take values that they did not take before, and the API says so to its clients. A
// place is as tests/compatibility/breaking.ts names it: `200.reviews[].level`.

export const OPEN_PLACES: readonly RegExp[] = [];
