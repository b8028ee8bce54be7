export interface Tool {
  find: () => string | undefined;
  /** The programs that install it. */
  by: readonly string[];
}
export function missingTools(
  tools: Readonly<Record<string, Tool>>,
  isOnPath: (program: string) => boolean,
): { refused: string[]; told: string[] };
