// How a user may be addressed by what is outside: by mail, and at the payment service.

import { eq } from 'drizzle-orm';
import type { UserId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import type { Database } from './client.ts';
import { users } from './schema/index.ts';

export async function contactOf(
  database: Database,
  principal: Principal,
  id: UserId,
): Promise<{ email: string; name: string | null }> {
  return database.write(principal, async (tx) => {
    const [user] = await tx.select({ email: users.email, name: users.name }).from(users).where(eq(users.userId, id));
    if (!user) throw new Error(`there is no user ${id}`);
    return user;
  });
}
