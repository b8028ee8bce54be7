// Keeps the issuer's sessions, grants and refresh tokens in one SQLite file, so that a restart signs nobody out.
import { DatabaseSync } from 'node:sqlite';
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

const nowSeconds = () => Math.floor(Date.now() / 1000);

/** Answers oidc-provider's adapter factory over `file`. What has expired is removed at start. */
export function openIssuerStorage(file: string): AdapterFactory {
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS artifacts (
      kind TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL,
      grant_id TEXT, uid TEXT, user_code TEXT, expires_at INTEGER,
      PRIMARY KEY (kind, id)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS artifacts_grant ON artifacts (grant_id);
    CREATE INDEX IF NOT EXISTS artifacts_uid ON artifacts (kind, uid);
  `);
  database.prepare('DELETE FROM artifacts WHERE expires_at <= ?').run(nowSeconds());

  const upsert = database.prepare(
    `INSERT OR REPLACE INTO artifacts (kind, id, payload, grant_id, uid, user_code, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const findBy = (column: 'id' | 'uid' | 'user_code') =>
    database.prepare(
      `SELECT payload FROM artifacts WHERE kind = ? AND ${column} = ? AND (expires_at IS NULL OR expires_at > ?)`,
    );
  const byId = findBy('id');
  const byUid = findBy('uid');
  const byUserCode = findBy('user_code');
  const destroy = database.prepare('DELETE FROM artifacts WHERE kind = ? AND id = ?');
  const revoke = database.prepare('DELETE FROM artifacts WHERE grant_id = ?');
  const consume = database.prepare(
    `UPDATE artifacts SET payload = json_set(payload, '$.consumed', ?) WHERE kind = ? AND id = ?`,
  );
  const read = (row: Record<string, unknown> | undefined): AdapterPayload | undefined =>
    // Written by upsert below and by nobody else.
    row === undefined ? undefined : (JSON.parse(String(row['payload'])) as AdapterPayload);

  return (kind): Adapter => ({
    async upsert(id, payload, expiresInSeconds) {
      const expiresAt = expiresInSeconds === undefined ? null : nowSeconds() + expiresInSeconds;
      const { grantId, uid, userCode } = payload;
      upsert.run(kind, id, JSON.stringify(payload), grantId ?? null, uid ?? null, userCode ?? null, expiresAt);
    },
    async find(id) {
      return read(byId.get(kind, id, nowSeconds()));
    },
    async findByUid(uid) {
      return read(byUid.get(kind, uid, nowSeconds()));
    },
    async findByUserCode(userCode) {
      return read(byUserCode.get(kind, userCode, nowSeconds()));
    },
    async consume(id) {
      consume.run(nowSeconds(), kind, id);
    },
    async destroy(id) {
      destroy.run(kind, id);
    },
    async revokeByGrantId(grantId) {
      revoke.run(grantId);
    },
  });
}
