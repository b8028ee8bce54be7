// Makes the secrets that docker-compose.yml asks for, once: `.varloom/compose/settings.env`, and the keys of payloads and patients.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const directory = join(project, '.varloom', 'compose');
mkdirSync(directory, { recursive: true, mode: 0o700 });

function makeOnce(name, mode, text) {
  const path = join(directory, name);
  if (existsSync(path)) return console.log(`kept ${path}`);
  writeFileSync(path, text, { mode });
  console.log(`made ${path}`);
}

const secrets = [
  'POSTGRES_PASSWORD',
  'VARLOOM_OWNER_PASSWORD',
  'VARLOOM_APP_PASSWORD',
  'STORE_SECRET_KEY',
  'OIDC_CLIENT_SECRET',
  'PAYMENTS_KEY',
  'PAYMENTS_WEBHOOK_SECRET',
];
const lines = secrets.map((name) => `${name}=${randomBytes(32).toString('base64url')}\n`);
makeOnce('settings.env', 0o600, lines.join(''));

// Compose mounts a secret with the mode of its file, and the containers run as another user; the directory is closed.
for (const name of ['payload-keys.json', 'patient-keys.json']) {
  const keyId = `local-${randomBytes(4).toString('hex')}`;
  const keys = { active: keyId, keys: { [keyId]: randomBytes(32).toString('base64') } };
  makeOnce(name, 0o644, `${JSON.stringify(keys, null, 2)}\n`);
}

const auditKeyId = `local-${randomBytes(4).toString('hex')}`;
const pair = generateKeyPairSync('ed25519');
const halves = {
  public: pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  private: pair.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
};
makeOnce(
  'audit-keys.json',
  0o644,
  `${JSON.stringify({ active: auditKeyId, keys: { [auditKeyId]: halves } }, null, 2)}\n`,
);
