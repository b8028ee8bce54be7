// Many acts, a few at a time.

/** Runs `act` for every item, at most `width` at once, in order of start. An act that throws lets the running ones end first. */
export async function boundedly<Item>(
  items: readonly Item[],
  width: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  let failure: { error: unknown } | undefined;
  const lane = async () => {
    for (const item of rest) {
      if (failure) return;
      try {
        await act(item);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  if (failure) throw failure.error;
}
