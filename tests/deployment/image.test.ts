// What is in the image that is deployed: all that its programs load, and nothing that only development needs.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';
import { projectDirectory } from '../../infra/local/home.ts';
import { readComposeFile } from './compose-file.ts';

const textOf = (path: string) => readFileSync(join(projectDirectory, path), 'utf8');
const isThere = (path: string) => existsSync(join(projectDirectory, path));
const isWithin = (path: string, place: string) => path === place || path.startsWith(`${place}/`);

/** What the stage of that name copies out of the project, and what it takes away again. */
function contentsOf(stage: string): { copied: string[]; removed: string[] } {
  const [, text = ''] = new RegExp(`^FROM \\S+ AS ${stage}$([^]*?)(?=^FROM )`, 'm').exec(textOf('Dockerfile')) ?? [];
  return {
    copied: [...text.matchAll(/^COPY (\S+) \S+$/gm)].map(([, source = '']) => source),
    removed: [...text.matchAll(/^RUN rm (.*)$/gm)].flatMap(([, files = '']) => files.split(' ')),
  };
}
const { copied, removed } = contentsOf('production-files');

/** What operators run with the image now and then. */
const BY_HAND = [
  'activities/audit/main.ts',
  'api/auth/issue-service-token.ts',
  'db/found-laboratory.ts',
  'infra/backup/backup.ts',
  'infra/backup/restore.ts',
  'kms/main.ts',
];

/** What the image is there to run: the services, what the documents say to run with it, and the check of its health. */
function programs(): string[] {
  const ours = Object.values(readComposeFile().services).filter(({ image }) => image.startsWith('varloom:'));
  const told = ['docs/deployment.md', 'docs/operations.md', 'docs/backup.md'].flatMap((document) =>
    [...textOf(document).matchAll(/\brun --rm[^`]*?\bnode ([a-z][\w/-]*\.ts)/g)].map(([, program]) => program),
  );
  const check = /HEALTHCHECK .* CMD \["node", "([^"]+)"\]/.exec(textOf('Dockerfile'))?.[1];
  return [...ours.map(({ command }) => command?.[1]), ...told, ...BY_HAND, check].filter(
    (program) => program !== undefined,
  );
}

/** What a file names of the project's own files: what it imports, starts as a thread or a process, or reads. */
function namedIn(path: string): string[] {
  if (!/\.m?ts$|\.m?js$/.test(path)) return [];
  const text = textOf(path).replaceAll(/^(?:import|export) type [^;]*;$/gm, '');
  return [...text.matchAll(/'([^'\n]+)'/g)].flatMap(([, named = '']) => {
    if (/^\.\.?\//.test(named)) {
      // The project itself is where a program is started, not what it loads.
      return [normalize(join(dirname(path), named))].filter((found) => found !== '.' && isThere(found));
    }
    return /^[a-z][\w/-]*\/[\w/-]+\.ts$/.test(named) && isThere(named) ? [named] : [];
  });
}

function reachedFrom(paths: readonly string[]): Set<string> {
  const reached = new Set(paths);
  // A set is gone through with what is added on the way.
  for (const path of reached) for (const named of namedIn(path)) reached.add(named);
  return reached;
}

it('the image has every file that its programs load, and is copied nothing that none of them does', () => {
  const started = programs();
  expect(started.length).toBeGreaterThan(8);
  const reached = [...reachedFrom(started)].filter((path) => !isWithin(path, 'build'));
  const isInImage = (path: string) => copied.some((place) => isWithin(path, place)) && !removed.includes(path);
  expect(reached.filter((path) => !isInImage(path))).toEqual([]);
  expect(copied.filter((place) => !reached.some((path) => isWithin(path, place)))).toEqual([]);
});

it('the image has nothing of the local stack, of its stand-ins, of the demo or of tests', () => {
  const [, runtime = ''] = /^FROM base AS runtime$([^]*)/m.exec(textOf('Dockerfile')) ?? [];
  const sources = [...runtime.matchAll(/^COPY (.*)$/gm)].map(([, words = '']) => words.split(' '));
  // From stages alone: nothing of the project comes in by another way.
  expect(sources.map(([from]) => from)).toEqual([
    '--from=production-modules',
    '--from=production-files',
    '--from=build',
  ]);
  expect(sources.map((words) => words.slice(2))).toEqual([
    ['/varloom/node_modules', 'node_modules'],
    ['/varloom', '.'],
    ['/varloom/build', 'build'],
  ]);
  expect(copied).not.toContain('.');
  const infra = copied.filter((place) => isWithin(place, 'infra'));
  expect(infra.toSorted()).toEqual(['infra/backup', 'infra/docker/health.mjs', 'infra/process-identity.ts']);
  expect(copied.filter((place) => ['web', 'tests', 'docs'].some((room) => isWithin(place, room)))).toEqual([]);
  expect(removed.toSorted()).toEqual(['db/reset.ts', 'db/seed.ts', 'db/truncate.ts']);
});
