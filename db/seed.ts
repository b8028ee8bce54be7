// Seeds the local users, so that they exist with their plan and role before anyone signs in. Local stack only.
// SEED_USERS is a JSON array of {email, subject, role, plan}; OIDC_ISSUER is the issuer that knows them.

import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { PLANS } from '../domain/plans.ts';
import { ROLES, system } from '../domain/principal.ts';
import { BadSettings, databaseSettings, parseSettings, processSettings } from '../process/settings.ts';
import { openDatabase } from './client.ts';
import { registerUser } from './identity.ts';
import { users } from './schema/index.ts';

const seedUsers = z.array(
  z.object({
    email: z.email(),
    subject: z.string().min(1),
    name: z.string().optional(),
    role: z.enum(ROLES),
    plan: z.enum(PLANS),
  }),
);

const settings = parseSettings(
  { ...processSettings, ...databaseSettings, OIDC_ISSUER: z.url(), SEED_USERS: z.string() },
  process.env,
);
if (settings.NODE_ENV === 'production') throw new BadSettings('local users are not seeded in production');

const database = openDatabase({ url: settings.DATABASE_URL, applicationName: 'varloom-seed' });
try {
  for (const { role, plan, ...identity } of seedUsers.parse(JSON.parse(settings.SEED_USERS))) {
    const user = await registerUser(database, { issuer: settings.OIDC_ISSUER, ...identity }, { role, plan });
    // The role is the seed's to say at every start; the plan, once made, is the user's own.
    if (user.role !== role) {
      await database.write(system('seed'), (tx) => tx.update(users).set({ role }).where(eq(users.userId, user.userId)));
    }
  }
} finally {
  await database.close();
}
