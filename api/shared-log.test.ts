import { expect, it } from 'vitest';
import { withoutFileName } from './shared-log.ts';

it.each(['Jane_Doe.vcf.gz', 'Input  $& $1.vcf', 'a'.repeat(400)])(
  'leaves out the name %s, and nothing else',
  (name) => {
    const before = 'Variant annotation log\n\nStarted                2026-01-01\n';
    const after = '\n                       7 bytes, plain text\n\nRecords\n-------\nIn                     3\n';
    const shared = withoutFileName(`${before}${'Input'.padEnd(22)} ${name}${after}`);
    expect(shared).not.toContain(name);
    expect(shared.startsWith(before)).toBe(true);
    expect(shared.endsWith(after)).toBe(true);
  },
);

it('leaves a log without such a row as it is', () => {
  expect(withoutFileName('3 records in\n')).toBe('3 records in\n');
});
