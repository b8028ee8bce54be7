// Seeds the local users, so that they exist with their plan and role before anyone signs in. Local stack only.
// SEED_USERS is a JSON array of {email, subject, role, plan, laboratory?}; OIDC_ISSUER is the issuer that knows them.

import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { PLANS } from '../domain/plans.ts';
import { ROLES, system } from '../domain/principal.ts';
import { BadSettings, databaseSettings, parseSettings, processSettings, settingsOrExit } from '../process/settings.ts';
import { openDatabase } from './client.ts';
import { registerUser } from './identity.ts';
import { ensureLaboratory, joinLaboratory } from './laboratories.ts';
import { users } from './schema/index.ts';

const seedUsers = z.array(
  z.object({
    email: z.email(),
    subject: z.string().min(1),
    name: z.string().optional(),
    role: z.enum(ROLES),
    plan: z.enum(PLANS),
    /** Name of the laboratory that they belong to. */
    laboratory: z.string().min(1).optional(),
  }),
);

const settings = settingsOrExit((environment) => {
  const shape = { ...processSettings, ...databaseSettings, OIDC_ISSUER: z.url(), SEED_USERS: z.string() };
  const given = parseSettings(shape, environment);
  if (given.NODE_ENV === 'production') throw new BadSettings('NODE_ENV: local users are not seeded in production');
  return given;
});

const asSeed = system('seed');
const database = openDatabase({ url: settings.DATABASE_URL, applicationName: 'varloom-seed' });
try {
  for (const { role, plan, laboratory, ...identity } of seedUsers.parse(JSON.parse(settings.SEED_USERS))) {
    // The local issuer says of every address that it is verified.
    const seeded = { issuer: settings.OIDC_ISSUER, isEmailVerified: true, ...identity };
    const user = await registerUser(database, seeded, { role, plan });
    // The role is the seed's to say at every start; the plan, once made, is the user's own.
    if (user.role !== role) {
      await database.write(asSeed, (tx) => tx.update(users).set({ role }).where(eq(users.userId, user.userId)));
    }
    if (laboratory === undefined) continue;
    const organizationId = await ensureLaboratory(database, asSeed, laboratory);
    if (!(await joinLaboratory(database, asSeed, user.userId, { organizationId, role }))) {
      // Rows are not moved: what the audit log says of them would be somebody else's.
      process.stdout.write(`${identity.email} owns data already and is not moved into the ${laboratory}\n`);
    }
  }
} finally {
  await database.close();
}
