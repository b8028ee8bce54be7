// Secrets that must be read again, such as those that sign webhooks, encrypted at rest: AES-256-GCM (NIST SP 800-38D)
// under a key that HKDF (RFC 5869) derives from an installation key for this purpose alone.
// The stored form is `<key id>.<base64url of 12 bytes of nonce, the ciphertext, 16 bytes of tag>`.

import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';

/** As in the file of the payload keys: new secrets are sealed under the active one, and every one still opens. */
export interface InstallationKeys {
  activeKeyId: string;
  keys: ReadonlyMap<string, KeyObject>;
}

export interface SecretBox {
  /** `place` names where the secret belongs: moved to another place, it does not open. */
  seal(secret: string, place: string): string;
  /** @throws Error when it was altered or moved, or its key is not among the keys; never quoting it */
  open(sealed: string, place: string): string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function createSecretBox({ activeKeyId, keys }: InstallationKeys, purpose: string): SecretBox {
  const derived = new Map([...keys].map(([id, key]) => [id, derive(key, purpose)]));

  const keyOf = (id: string): KeyObject => {
    const key = derived.get(id);
    if (!key) throw new Error(`a secret was sealed with key "${id}", which is not among the installation's keys`);
    return key;
  };

  return {
    seal(secret, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', keyOf(activeKeyId), nonce).setAAD(Buffer.from(place));
      const data = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${activeKeyId}.${data.toString('base64url')}`;
    },

    open(sealed, place) {
      // The key's id may hold a dot; base64url does not.
      const at = sealed.lastIndexOf('.');
      const key = keyOf(sealed.slice(0, Math.max(at, 0)));
      const data = Buffer.from(sealed.slice(at + 1), 'base64url');
      if (data.length < NONCE_BYTES + TAG_BYTES) throw new Error('a sealed secret is too short');
      const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(place))
        .setAuthTag(data.subarray(-TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(data.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString();
      } catch (cause) {
        throw new Error('a sealed secret was altered, or belongs elsewhere', { cause });
      }
    },
  };
}

function derive(key: KeyObject, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `varloom ${purpose}`, 32)));
}
