// What a secret's text means: which bytes are the key, and for which schemes. A public key is never used as an
// HMAC key: everybody knows it, so everybody could sign with it.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

export type SecretKey =
  | { kind: 'shared'; hub: Uint8Array; standard: Uint8Array }
  | { kind: 'public'; key: KeyObject }
  | { kind: 'private'; key: KeyObject };

/** A secret that can't be used. Its message never holds the secret. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
  readonly code: 'empty_secret' | 'bad_secret';
  constructor(code: 'empty_secret' | 'bad_secret', message: string) {
    super(message);
    this.code = code;
  }
}

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

const decode = (secret: string, prefix: string): Buffer => {
  const text = secret.slice(prefix.length);
  if (text === '') throw new SecretError('empty_secret', `secret: nothing follows ${prefix}`);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.replace(/=+$/, '').length % 4 === 1) {
    throw new SecretError('bad_secret', `secret: what follows ${prefix} must be base64`);
  }
  return Buffer.from(text, 'base64');
};

const publicKey = (bytes: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([SPKI_ED25519, bytes]), format: 'der', type: 'spki' });

const readPublic = (secret: string): SecretKey => {
  const bytes = decode(secret, 'whpk_');
  if (bytes.length !== 32) throw new SecretError('bad_secret', 'secret: a whpk_ key must hold 32 bytes');
  return { kind: 'public', key: publicKey(bytes) };
};

const readPrivate = (secret: string): SecretKey => {
  const bytes = decode(secret, 'whsk_');
  if (bytes.length !== 64) {
    throw new SecretError('bad_secret', 'secret: a whsk_ key must hold 64 bytes, the seed and the public key');
  }
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_ED25519, bytes.subarray(0, 32)]),
    format: 'der',
    type: 'pkcs8',
  });
  if (!createPublicKey(key).equals(publicKey(bytes.subarray(32)))) {
    throw new SecretError('bad_secret', 'secret: the two halves of the whsk_ key do not belong together');
  }
  return { kind: 'private', key };
};

/** Reads `whsec_…`, `whpk_…`, `whsk_…` or any other text (a plain secret). Throws SecretError. */
export const readSecret = (secret: string): SecretKey => {
  if (typeof secret !== 'string') throw new SecretError('bad_secret', 'secret: must be text');
  if (secret === '') throw new SecretError('empty_secret', 'secret: is empty; is its environment variable set?');
  if (secret.startsWith('whpk_')) return readPublic(secret);
  if (secret.startsWith('whsk_')) return readPrivate(secret);
  const hub = Buffer.from(secret);
  return { kind: 'shared', hub, standard: secret.startsWith('whsec_') ? decode(secret, 'whsec_') : hub };
};
