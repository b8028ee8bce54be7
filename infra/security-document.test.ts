// docs/security.md against the repository: what it names is there, and no section or specification is left out.

import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const project = new URL('..', import.meta.url);
const text = readFileSync(new URL('docs/security.md', project), 'utf8');

const partOf = (heading: string) => text.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
/** What stands in each row, without the row of names. */
const rowsOf = (heading: string) =>
  [...partOf(heading).matchAll(/^\| (.+) \|$/gm)]
    .map(([, row = '']) => row.split(' | ').map((cell) => cell.trim()))
    .filter(([first = '']) => !/^-+$/.test(first))
    .slice(1);
const filesIn = (cell: string) => [...cell.matchAll(/`([\w.-]+(?:\/[\w.-]+)+\.\w+)`/g)].map(([, path = '']) => path);

const asvs = rowsOf('OWASP ASVS 5.0');
const hipaa = rowsOf('HIPAA');

it('names files that there are', () => {
  const named = [...filesIn(text), ...[...text.matchAll(/\]\(([\w./-]+)\)/g)].map(([, path]) => `docs/${path}`)];
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((path) => !existsSync(new URL(path, project)))).toEqual([]);
});

it('says of each section of ASVS 5.0 how far it is', () => {
  const sections = asvs.flatMap(([name = '']) => {
    const [, first = '', last] = /^V([\d.]+)(?:–V([\d.]+))?/.exec(name) ?? [];
    const [chapter = '', from = ''] = first.split('.');
    const [, to = from] = (last ?? first).split('.');
    if (from === '') return [chapter];
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => `${chapter}.${Number(from) + i}`);
  });
  // How many sections each chapter has; of the last one it is enough that there is none.
  const lengths = [5, 4, 7, 4, 4, 8, 6, 4, 2, 7, 7, 3, 4, 3, 4, 5];
  const all = lengths.flatMap((length, i) => Array.from({ length }, (_, j) => `${i + 1}.${j + 1}`));
  expect(sections).toEqual([...all, '17']);
});

it('says of each technical safeguard how far it is', () => {
  expect(hipaa.map(([name = '']) => name.split(' ')[0])).toEqual([
    ...['(a)(1)', '(a)(2)(i)', '(a)(2)(ii)', '(a)(2)(iii)', '(a)(2)(iv)', '(b)', '(c)(1)', '(c)(2)', '(d)'],
    ...['(e)(1)', '(e)(2)(i)', '(e)(2)(ii)'],
  ]);
});

it('names what shows it wherever it says that something is met, and what is not where it is met in part', () => {
  const rows = [...asvs, ...hipaa];
  for (const row of rows) expect(row).toHaveLength(3);
  const unclear = rows.filter(([, state = '']) => !['met', 'partly', 'not yet', 'not applicable'].includes(state));
  expect(unclear.map(([name]) => name)).toEqual([]);
  const unshown = rows.filter(([, state, by = '']) => state === 'met' && !/`[^`]+`|\]\(|this page/.test(by));
  expect(unshown.map(([name]) => name)).toEqual([]);
});
