// Makes what docker-compose.yml asks for, once, as files in `.varloom/compose`: secrets, keys, and a certificate for TLS with the
// authority that signed it. What is there is kept.
//   node infra/docker/make-settings.mjs [--domain=varloom.localhost] [--directory=DIR]
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const project = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { values } = parseArgs({
  options: {
    domain: { type: 'string', default: 'varloom.localhost' },
    directory: { type: 'string', default: join(project, '.varloom', 'compose') },
  },
});
const { domain } = values;
const directory = resolve(values.directory);
// Compose mounts a secret with the mode of its file, and the containers run as another user; the directory is closed instead.
mkdirSync(directory, { recursive: true, mode: 0o700 });

/** Answers the file's text: what is there, or what `make` makes. */
function once(name, make) {
  const path = join(directory, name);
  if (existsSync(path)) {
    console.log(`kept ${path}`);
    return readFileSync(path, 'utf8');
  }
  const text = make();
  writeFileSync(path, text, { mode: 0o644 });
  console.log(`made ${path}`);
  return text;
}

const password = () => randomBytes(32).toString('base64url');

once('postgres_password', password);
once('temporal_password', password);
const ownerPassword = once('varloom_owner_password', password);
const appPassword = once('varloom_app_password', password);
once('database_url', () => `postgres://varloom_app:${appPassword}@postgres:5432/varloom`);
once('database_owner_url', () => `postgres://varloom_owner:${ownerPassword}@postgres:5432/varloom`);
once('oidc_client_secret', password);
once('stripe_api_key', () => `sk_test_${password()}`);
once('stripe_webhook_secret', () => `whsec_${password()}`);
once('grafana_password', password);
const storeKey = once('store_secret_key', password);
// The program of the store takes it from its environment only.
once('store.env', () => `AWS_SECRET_ACCESS_KEY=${storeKey}\n`);

once('elasticsearch_password', password);
const shipperPassword = once('log_shipper_password', password);
// The shipper, likewise.
once('logs.env', () => `ELASTICSEARCH_PASSWORD=${shipperPassword}\n`);

// Alertmanager starts without real addresses too; write them into these files.
once('slack_url', () => 'https://slack.invalid/replace-me');
once('pagerduty_key', () => 'replace-me');

// ---- Keys

const keyId = () => `local-${randomBytes(4).toString('hex')}`;
const keyFile = (id, key) => `${JSON.stringify({ active: id, keys: { [id]: key } }, null, 2)}\n`;

for (const name of ['payload-keys.json', 'patient-keys.json']) {
  once(name, () => keyFile(keyId(), randomBytes(32).toString('base64')));
}
once('audit-keys.json', () => {
  const pair = generateKeyPairSync('ed25519');
  return keyFile(keyId(), {
    public: pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    private: pair.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  });
});

// ---- TLS: an authority of this installation's own, and a certificate for its names

const PAGES = ['temporal', 'issuer', 'payments', 'mail', 'grafana', 'prometheus', 'traces'];

function openssl(...args) {
  const { status, stderr, error } = spawnSync('openssl', args, { cwd: directory, encoding: 'utf8' });
  if (status === 0) return;
  console.error(`openssl is needed to make a certificate, and failed: ${error?.message ?? stderr}`);
  process.exit(1);
}

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

const tlsFiles = ['tls-authority.pem', 'tls-certificate.pem', 'tls-key.pem'].map((name) => join(directory, name));
if (tlsFiles.every((path) => existsSync(path))) {
  for (const path of tlsFiles) console.log(`kept ${path}`);
} else {
  // The store of the logs speaks TLS to the shipper by itself.
  const hosts = [domain, ...PAGES.map((name) => `${name}.${domain}`), 'elasticsearch'];
  const names = hosts.map((host) => `DNS:${host}`).join(',');
  writeFileSync(
    join(directory, 'tls.cnf'),
    `[req]\ndistinguished_name=dn\n[dn]\n[authority]\nbasicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n` +
      `subjectKeyIdentifier=hash\n[server]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n` +
      `subjectAltName=${names}\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n`,
  );
  const authority = [
    '-out',
    'tls-authority.pem',
    '-keyout',
    'tls-authority-key.pem',
    '-subj',
    '/CN=Varloom installation',
  ];
  openssl('req', '-config', 'tls.cnf', '-x509', ...EC_KEY, '-days', '3650', '-extensions', 'authority', ...authority);
  openssl(
    'req',
    '-config',
    'tls.cnf',
    ...EC_KEY,
    '-keyout',
    'tls-key.pem',
    '-out',
    'tls.csr',
    '-subj',
    `/CN=${domain}`,
  );
  const signing = ['-CA', 'tls-authority.pem', '-CAkey', 'tls-authority-key.pem', '-CAcreateserial'];
  const leaf = ['-out', 'tls-certificate.pem', '-extfile', 'tls.cnf', '-extensions', 'server'];
  // Browsers take no certificate that lasts longer.
  openssl('x509', '-req', '-in', 'tls.csr', ...signing, '-days', '397', ...leaf);
  // Nobody can sign another one: browsers are asked to trust the authority.
  for (const name of ['tls-authority-key.pem', 'tls-authority.srl', 'tls.csr', 'tls.cnf']) {
    rmSync(join(directory, name), { force: true });
  }
  chmodSync(join(directory, 'tls-key.pem'), 0o644);
  for (const path of tlsFiles) console.log(`made ${path}`);
}
