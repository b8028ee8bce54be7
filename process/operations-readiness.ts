// Can this process serve? Each thing that it depends on is asked, by name, and not more often than once a second.

const CHECK_TIMEOUT_MS = 3_000;
/** Load balancers of several zones ask at once, and anyone may: what they ask about is not asked more often than this. */
const ANSWER_LIFE_MS = 1_000;

export type DependencyState = 'ok' | 'down';

export interface ReadinessAnswer {
  isReady: boolean;
  dependencies: Record<string, DependencyState>;
}

export type Readiness = () => Promise<ReadinessAnswer>;

/** @param checks each rejects when what it is named after is down */
export function createReadiness(checks: Record<string, () => Promise<unknown>>): Readiness {
  return shared(async () => {
    const states = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await stateOf(check)] as const),
    );
    return { isReady: states.every(([, state]) => state === 'ok'), dependencies: Object.fromEntries(states) };
  });
}

/** Who asks while `look` is under way, or within a second after it, gets the same answer. */
function shared<T>(look: () => Promise<T>): () => Promise<T> {
  let latest: { answer: Promise<T>; endedAt: number } | undefined;
  return () => {
    if (latest && performance.now() - latest.endedAt < ANSWER_LIFE_MS) return latest.answer;
    const mine = { answer: look(), endedAt: Number.POSITIVE_INFINITY };
    latest = mine;
    return mine.answer.finally(() => {
      mine.endedAt = performance.now();
    });
  };
}

async function stateOf(check: () => Promise<unknown>): Promise<DependencyState> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'down'>((resolve) => {
    timer = setTimeout(() => resolve('down'), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([
      check().then(
        () => 'ok' as const,
        () => 'down' as const,
      ),
      timeout,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
