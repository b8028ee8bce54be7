// What we take from others, held against rules, without a network: exact versions, an integrity for each package, no package
// from anywhere but a registry, and of what is installed in production only licences that suit an Apache-2.0 project.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectDirectory } from './setup/places.mjs';

/** SPDX ids: permissive, without a duty to publish our own code. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
]);

/** Packages whose metadata name another licence, or none; each with why it is in order. */
const EXCEPTIONS = {
  'caniuse-lite':
    'CC-BY-4.0: tables of browsers, of the bundler that Temporal brings along; nothing of it is in what we make',
  unionfs: 'its metadata say nothing; its file LICENSE is the Unlicense',
};

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/**
 * The faults of a package.json and its lock file (`lockfileVersion` 3), as sentences. `licenceOf` answers a package's licence by
 * its path in the lock file, undefined when it says none, null when it is not installed.
 */
export function dependencyFaults(manifest, lock, licenceOf) {
  const faults = [];
  for (const kind of ['dependencies', 'devDependencies']) {
    for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
      if (!EXACT.test(version)) faults.push(`package.json: ${name} is "${version}", which is not an exact version`);
    }
  }
  if (lock.lockfileVersion !== 3) faults.push('package-lock.json: not of version 3');
  for (const [path, entry] of Object.entries(lock.packages ?? {})) {
    if (path === '') continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (entry.link || !EXACT.test(entry.version ?? '')) faults.push(`${name}: not a version of a registry`);
    if (entry.resolved && !/^https:\/\/[^/]+\/.+\.tgz$/.test(entry.resolved))
      faults.push(`${name}: not from a registry`);
    // What is within another package is covered by the integrity of that one.
    if (!entry.inBundle && !entry.integrity?.startsWith('sha512-')) faults.push(`${name}: has no SHA-512 integrity`);
    if (entry.dev || entry.devOptional) continue;
    const licence = licenceOf(path);
    // For another kind of machine.
    if (licence === null) continue;
    if (!isAllowed(licence) && !Object.hasOwn(EXCEPTIONS, name)) {
      faults.push(`${name}: its licence is ${licence ?? 'not said'}, which is not on the list`);
    }
  }
  return faults;
}

/** SPDX expressions as they are met: ids with OR or AND between them, and brackets around. */
function isAllowed(expression) {
  if (typeof expression !== 'string') return false;
  const bare = expression.replace(/^\((.*)\)$/, '$1');
  if (bare.includes(' OR ')) return bare.split(' OR ').some(isAllowed);
  if (bare.includes(' AND ')) return bare.split(' AND ').every(isAllowed);
  return ALLOWED.has(bare);
}

function installedLicence(path) {
  const file = join(projectDirectory, path, 'package.json');
  if (!existsSync(file)) return null;
  const { license, licenses } = JSON.parse(readFileSync(file, 'utf8'));
  return license?.type ?? license ?? licenses?.map(({ type }) => type).join(' OR ');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const read = (name) => JSON.parse(readFileSync(join(projectDirectory, name), 'utf8'));
  const lock = read('package-lock.json');
  const faults = dependencyFaults(read('package.json'), lock, installedLicence);
  for (const fault of faults) console.error(`dependencies: ${fault}`);
  console.log(`dependencies: ${Object.keys(lock.packages).length - 1} packages, ${faults.length} faults`);
  process.exit(faults.length === 0 ? 0 : 1);
}
