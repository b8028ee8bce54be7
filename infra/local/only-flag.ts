// Commands that know one flag and nothing else.

/** Whether it was given. Any other word ends the process with 2 and the usage: `npm run demo -- --help` must not run the demo. */
export function readOnlyFlag(flag: string, command: string): boolean {
  const words = process.argv.slice(2);
  const stranger = words.find((word) => word !== flag);
  if (stranger !== undefined) {
    console.error(`${stranger} is not understood.\nusage: ${command} [-- ${flag}]`);
    process.exit(2);
  }
  return words.includes(flag);
}
