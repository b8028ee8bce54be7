// What the setup tells the person who waits: one line per step, a sign of life during long ones, and a way out of errors.

const SIGN_OF_LIFE_SECONDS = 15;

/** Messages go to `stream` (stderr), so that the output of `npm run --silent` stays clean. */
export function createReport(stream) {
  const write = (text) => stream.write(`setup: ${text}\n`);
  const seconds = (since) => `${Math.round((Date.now() - since) / 1000)} s`;
  return {
    start: write,
    step: (part, text) => write(`${part}: ${text}`),
    done: (part, duration) => write(`${part}: done (${duration})`),
    /** Starts a clock that shows signs of life; the returned function stops it and answers the time taken. */
    watch(part) {
      const since = Date.now();
      const timer = setInterval(() => write(`${part}: still working, ${seconds(since)}`), SIGN_OF_LIFE_SECONDS * 1000);
      return () => {
        clearInterval(timer);
        return seconds(since);
      };
    },
    fail(text, remedy) {
      write(`FAILED: ${text}`);
      if (remedy) for (const line of remedy.split('\n')) write(`  ${line}`);
    },
  };
}

/** An error that a person can act on: `remedy` says how. */
export class SetupError extends Error {
  constructor(message, remedy) {
    super(message);
    this.remedy = remedy;
  }
}
