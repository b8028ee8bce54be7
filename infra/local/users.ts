// The users that a local stack knows: named by their roles, with subjects that never change.
export interface LocalUser {
  email: string;
  /** The issuer's `sub`. */
  subject: string;
  name: string;
  role: 'member' | 'technical' | 'licensed' | 'director' | 'admin';
  plan: 'free' | 'premium';
}

const user = (
  mailbox: string,
  subject: string,
  name: string,
  role: LocalUser['role'],
  plan: LocalUser['plan'],
): LocalUser => ({ email: `${mailbox}@varloom.test`, subject, name, role, plan });

const personalUsers: readonly LocalUser[] = [
  user('free', '5a0d9d1e-0c5e-4b7e-9b61-3f1d6c0e1001', 'Free user', 'member', 'free'),
  user('free2', '5a0d9d1e-0c5e-4b7e-9b61-3f1d6c0e1002', 'Second free user', 'member', 'free'),
];

/** One laboratory, with everyone who takes part in a review. */
const laboratoryUsers: readonly LocalUser[] = [
  user('premium', '5a0d9d1e-0c5e-4b7e-9b61-3f1d6c0e1003', 'Premium user', 'member', 'premium'),
  user('tech', '5a0d9d1e-0c5e-4b7e-9b61-3f1d6c0e1004', 'Technical reviewer', 'technical', 'premium'),
  user('licensed', '5a0d9d1e-0c5e-4b7e-9b61-3f1d6c0e1005', 'Licensed personnel', 'licensed', 'premium'),
  user('director', '5a0d9d1e-0c5e-4b7e-9b61-3f1d6c0e1006', 'Lab director', 'director', 'premium'),
  user('admin', '5a0d9d1e-0c5e-4b7e-9b61-3f1d6c0e1007', 'Administrator', 'admin', 'premium'),
];

export const localUsers: readonly LocalUser[] = [...personalUsers, ...laboratoryUsers];

/** What `db/seed.ts` needs to know of them, as in its setting SEED_USERS. */
export const seedUsers = () => [
  ...personalUsers.map(seedOf),
  ...laboratoryUsers.map((member) => ({ ...seedOf(member), laboratory: 'Demo laboratory' })),
];

const seedOf = ({ email, subject, role, plan }: LocalUser) => ({ email, subject, role, plan });
