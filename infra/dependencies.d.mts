export interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  dev?: boolean;
  devOptional?: boolean;
  inBundle?: boolean;
}
export function dependencyFaults(
  manifest: { dependencies?: Record<string, string>; devDependencies?: Record<string, string> },
  lock: { lockfileVersion: number; packages?: Record<string, LockedPackage> },
  licenceOf: (path: string) => string | null | undefined,
): string[];
