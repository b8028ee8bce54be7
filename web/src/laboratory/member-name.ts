// Members by name, where only their id is told.

import { useMe } from '../queries.ts';
import { useOrganization } from './queries.ts';

/** Who has left the laboratory has no name here any more; what they signed carries it. */
export function useMemberName(): (userId: string) => string {
  const members = useOrganization().data?.members;
  const me = useMe().data;
  return (userId) => {
    const known = members?.find(({ user_id: id }) => id === userId);
    if (known === undefined) return 'a former member';
    return me?.user_id === userId ? `${known.name ?? known.email} (you)` : (known.name ?? known.email);
  };
}
