// The signature scheme, written once: the server signs its deliveries with it, receivers sign in their tests with it,
// and verify checks against it.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isBody, makeKeyedHash, type Body } from './keyed-hash.ts';
import { readSecret, SecretError } from './secret-key.ts';

/** Signs with one shared secret. Each method returns the value of one header. */
export type Signer = {
  /** `X-Hub-Signature`: bare lower-case hex HMAC-SHA1 of the body. */
  hub(body: Body): string;
  /** `X-Hub-Signature-256`: `sha256=` and hex HMAC-SHA256 of the body. */
  hub256(body: Body): string;
  /** One entry of `webhook-signature`: `v1,` and base64 HMAC-SHA256 of `id.timestamp.body`. */
  standard(id: string, timestampSeconds: number, body: Body): string;
};

const ID = /^[!-\-/-~]{1,256}$/;

/** An id with a dot could be cut elsewhere by a forger: `id.timestamp.body` must have one reading only. */
export const isMessageId = (id: string): boolean => ID.test(id);

const checkBody = (body: Body): Body => {
  if (!isBody(body)) throw new TypeError('body: must be text or a Uint8Array, as it is sent');
  return body;
};

const contentPrefix = (id: string, timestampSeconds: number): string => {
  if (!isMessageId(id)) {
    throw new RangeError('id: must be 1 to 256 visible ASCII characters without a dot');
  }
  if (!Number.isSafeInteger(timestampSeconds) || timestampSeconds < 0) {
    throw new RangeError('timestamp: must be whole seconds since 1970');
  }
  return `${id}.${timestampSeconds}.`;
};

/** A signer for a `whsec_…` or plain secret. Make it once per secret, use it for every body. */
export const makeSigner = (secret: string): Signer => {
  const key = readSecret(secret);
  if (key.kind !== 'shared') {
    throw new SecretError('bad_secret', 'secret: whsk_ and whpk_ are ed25519 keys; sign with signV1a');
  }
  const sha1 = makeKeyedHash('sha1', key.hub);
  const sha256 = makeKeyedHash('sha256', key.hub);
  const standard = makeKeyedHash('sha256', key.standard);
  return {
    hub: (body) => sha1('', checkBody(body), 'hex'),
    hub256: (body) => `sha256=${sha256('', checkBody(body), 'hex')}`,
    standard: (id, timestampSeconds, body) =>
      `v1,${standard(contentPrefix(id, timestampSeconds), checkBody(body), 'base64')}`,
  };
};

/** One entry of `webhook-signature` made with a `whsk_…` key: `v1a,` and base64 ed25519 of `id.timestamp.body`. */
export const signV1a = (secret: string, id: string, timestampSeconds: number, body: Body): string => {
  const key = readSecret(secret);
  if (key.kind !== 'private') throw new SecretError('bad_secret', 'secret: signV1a needs a whsk_ key');
  const content = Buffer.concat([Buffer.from(contentPrefix(id, timestampSeconds)), Buffer.from(checkBody(body))]);
  return `v1a,${sign(null, content, key.key).toString('base64')}`;
};

/** A new shared secret: `whsec_` and the base64 of 32 random bytes. */
export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/** A new ed25519 pair: `secretKey` (whsk_) stays with the sender, `publicKey` (whpk_) goes to receivers. */
export const newKeyPair = (): { secretKey: string; publicKey: string } => {
  const pair = generateKeyPairSync('ed25519');
  const seed = pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  const open = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    secretKey: `whsk_${Buffer.concat([seed, open]).toString('base64')}`,
    publicKey: `whpk_${open.toString('base64')}`,
  };
};
