/** The path of the program; undefined where it is not installed. */
export function findContainerTool(program: 'hadolint' | 'compose-spec'): string | undefined;
