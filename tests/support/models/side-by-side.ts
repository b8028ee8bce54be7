// Cases that do not disturb each other, played at the same time: most of what a saga takes is waiting.

/** What each came to, in their order. A case that fails is reported when all have ended: none runs on into the next test. */
export async function sideBySide<Case, Outcome>(
  cases: readonly Case[],
  play: (one: Case, index: number) => Promise<Outcome>,
): Promise<Outcome[]> {
  const ended = await Promise.allSettled(cases.map(play));
  return ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
