// The one name of page-faults.js.
export function pageFaults(): Promise<string[]>;
