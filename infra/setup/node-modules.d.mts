// Types of node-modules.mjs for its tests.
type Packages = Record<string, { version?: string; link?: boolean; optional?: boolean; devOptional?: boolean }>;
export function isSatisfied(wanted: Packages, installed: Packages): boolean;
