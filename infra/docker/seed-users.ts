// Prints the seeded users of the local issuer as `db/seed.ts` wants them in SEED_USERS.
import { seedUsers } from '../local/users.ts';

console.log(JSON.stringify(seedUsers()));
