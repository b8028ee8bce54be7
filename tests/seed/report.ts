// What the seed says while it works: a line for each thing that it made, and a count of what was there already.

export interface Report {
  made(state: string, what: string): void;
  found(): void;
  /** How many things were made, and how many were there already. */
  counts(): { made: number; found: number };
}

export function createReport(say: (line: string) => void): Report {
  let made = 0;
  let found = 0;
  return {
    made(state, what) {
      made += 1;
      say(`${state.padEnd(12)} ${what}`);
    },
    found() {
      found += 1;
    },
    counts: () => ({ made, found }),
  };
}
