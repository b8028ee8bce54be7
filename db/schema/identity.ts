// Who there is: organizations, their users, and how users and their programs prove who they are.

import { index, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { PLANS } from '../../domain/plans.ts';
import { ROLES } from '../../domain/principal.ts';
import { at, createdAt, ownedBy, ownedRowsPolicy, systemRowsPolicy } from './columns.ts';

export const organizations = pgTable(
  'organizations',
  {
    organizationId: uuid('organization_id').primaryKey(),
    name: text('name').notNull(),
    /** A user without a laboratory has a personal organization of one. */
    kind: text('kind', { enum: ['personal', 'laboratory'] }).notNull(),
    createdAt: createdAt(),
  },
  () => [ownedRowsPolicy()],
);

export const users = pgTable(
  'users',
  {
    userId: uuid('user_id').primaryKey(),
    organizationId: ownedBy().references(() => organizations.organizationId),
    /** The OpenID Connect issuer and its subject identify a person; the e-mail address does not. */
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    email: text('email').notNull(),
    /** The last address that the issuer said it had verified; a person is found by their address only where it is this one. */
    verifiedEmail: text('verified_email'),
    name: text('name'),
    role: text('role', { enum: ROLES }).notNull(),
    plan: text('plan', { enum: PLANS }).notNull(),
    createdAt: createdAt(),
    /** When an administrator last ended their sessions: what was proved before counts no more, nor do older tokens. */
    sessionsRevokedAt: at('sessions_revoked_at'),
  },
  (t) => [unique('users_issuer_subject').on(t.issuer, t.subject), ownedRowsPolicy()],
);

/** Browser sessions. The cookie holds a random token; only its SHA-256 is stored. */
export const sessions = pgTable(
  'sessions',
  {
    tokenHash: text('token_hash').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.userId),
    organizationId: ownedBy(),
    createdAt: createdAt(),
    expiresAt: at('expires_at').notNull(),
    /** When the person last proved who they are to the issuer. */
    authenticatedAt: at('authenticated_at').notNull(),
    /** For the issuer's logout; never leaves the gateway otherwise. */
    idToken: text('id_token').notNull(),
    /** The e-mail address that the issuer said, at this sign-in, it had verified. */
    verifiedEmail: text('verified_email'),
  },
  (t) => [index('sessions_expiry').on(t.expiresAt), systemRowsPolicy()],
);

/** Sign-ins that are finished, until they would have expired: each is finished once. */
export const signIns = pgTable(
  'sign_ins',
  {
    tokenHash: text('token_hash').primaryKey(),
    state: text('state').notNull(),
    nonce: text('nonce').notNull(),
    codeVerifier: text('code_verifier').notNull(),
    returnTo: text('return_to').notNull(),
    expiresAt: at('expires_at').notNull(),
  },
  (t) => [index('sign_ins_expiry').on(t.expiresAt), systemRowsPolicy()],
);

export const apiKeys = pgTable(
  'api_keys',
  {
    apiKeyId: uuid('api_key_id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.userId),
    organizationId: ownedBy(),
    name: text('name').notNull(),
    scopes: text('scopes').array().notNull(),
    prefix: text('prefix').notNull(),
    keyHash: text('key_hash').notNull().unique('api_keys_hash'),
    createdAt: createdAt(),
    expiresAt: at('expires_at'),
    lastUsedAt: at('last_used_at'),
    revokedAt: at('revoked_at'),
  },
  (t) => [index('api_keys_user').on(t.userId), ownedRowsPolicy()],
);
