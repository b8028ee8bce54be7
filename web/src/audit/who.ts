// Who did something, as people call them: the log itself keeps what names them for good.

import type { Member, Partner } from '../laboratory/api.ts';

/** Those whose name is known, by what the log calls them. */
export function namesOf(
  members: readonly Pick<Member, 'user_id' | 'name' | 'email'>[],
  partners: readonly Pick<Partner, 'partner_id' | 'name'>[],
): Map<string, string> {
  return new Map([
    ...members.map(({ user_id: id, name, email }) => [`user:${id}`, name ?? email] as const),
    ...partners.map(({ partner_id: id, name }) => [`partner:${id}`, name] as const),
  ]);
}

/** `system:delivery-review` → `Varloom (delivery review)`; whoever has no name stays as the log has it. */
export function whoInWords(actor: string, names: ReadonlyMap<string, string>): string {
  const process = /^system:(.+)$/.exec(actor)?.[1];
  if (process !== undefined) return `Varloom (${process.replaceAll('-', ' ')})`;
  return names.get(actor) ?? actor;
}
