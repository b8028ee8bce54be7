/** The version of the proxy that the compose file names. */
export const CADDY_VERSION: string;

/** The path of the program; undefined where it is not installed. */
export function findContainerTool(program: 'hadolint' | 'compose-spec' | 'caddy'): string | undefined;
