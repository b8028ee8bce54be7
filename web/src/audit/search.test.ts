import { expect, it } from 'vitest';
import { auditQueryOf, auditSearchOf, entityOf, isFiltered, partsOfEntity } from './search.ts';

it('takes filters from an address, and nothing else', () => {
  const search = {
    entity: ' delivery/1 ',
    actor: 'user:1',
    from: '2026-01-31',
    to: '2026-02-01',
    cursor: 'x',
    limit: 3,
  };
  expect(auditSearchOf(search)).toEqual({
    entity: 'delivery/1',
    actor: 'user:1',
    from: '2026-01-31',
    to: '2026-02-01',
  });
  expect(auditSearchOf({ entity: '', actor: 5, from: '2026-02-30', to: 'yesterday' })).toEqual({});
  expect(auditSearchOf({ entity: 'x'.repeat(201) })).toEqual({});
  expect([isFiltered({}), isFiltered({ actor: 'a' })]).toEqual([false, true]);
});

it('asks for whole days of the reader, the last one included', () => {
  const query = auditQueryOf({ from: '2026-02-28', to: '2026-02-28' });
  expect(query.get('from')).toBe(new Date(2026, 1, 28).toISOString());
  expect(query.get('to')).toBe(new Date(2026, 2, 1).toISOString());
  expect(auditQueryOf({ entity: 'a&b', actor: 'system:x' }).toString()).toBe('entity=a%26b&actor=system%3Ax');
});

it.for(['', 'delivery', 'delivery/1', 'history/webhook/1'])(
  'keeps the entity “%s” as it is, in its parts',
  (entity) => {
    const { kind, id } = partsOfEntity(entity);
    expect(entityOf(kind, id)).toBe(entity);
    expect(kind).toBe(/^[a-z]*/.exec(entity)?.[0]);
  },
);
