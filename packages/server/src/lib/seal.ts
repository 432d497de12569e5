// Encryption at rest of secrets and configs: AES-256-GCM, each value bound to the place it belongs to, so that a row
// copied to another place does not open there.
import { createCipheriv, createDecipheriv, createHmac, hash, hkdfSync, randomBytes } from 'node:crypto';

export type Sealer = {
  /** Seals text or any JSON value. `context` says whose it is: `webhook-secret/<env_id>/<webhook_id>`. */
  seal(value: unknown, context: string): Buffer;
  /** What was sealed. Throws SealError when the key or the context is another, or a byte was changed. */
  open(sealed: Uint8Array, context: string): unknown;
  /** As `open`, for what was sealed as text. */
  openText(sealed: Uint8Array, context: string): string;
  /** A keyed hash: finds equal secrets again without keeping them. */
  fingerprint(text: string, context: string): Buffer;
};

/** Holds neither the value nor the key. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

/** Layout: version, key id, kind of value, nonce, tag, cipher text. */
const VERSION = 1;
const KEY_ID = { at: 1, length: 4 };
const KIND_AT = 5;
const NONCE = { at: 6, length: 12 };
const TAG = { at: 18, length: 16 };
const BODY_AT = 34;
const KIND_TEXT = 0;
const KIND_JSON = 1;
const KEY_BYTES = 32;

const derive = (masterKey: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), `bowline/${purpose}/1`, KEY_BYTES));

const keyIdOf = (masterKey: Buffer): Buffer =>
  hash('sha256', derive(masterKey, 'key id'), 'buffer').subarray(0, KEY_ID.length);

const aad = (header: Uint8Array, context: string): Buffer => Buffer.concat([header, Buffer.from(context)]);

const checkKey = (key: Buffer): void => {
  if (key.length !== KEY_BYTES) throw new SealError(`the secret key must be ${KEY_BYTES} bytes, not ${key.length}`);
};

/** Seals with `masterKey`; opens what was sealed with it or with one of `oldKeys`. */
export const makeSealer = (masterKey: Buffer, oldKeys: readonly Buffer[] = []): Sealer => {
  for (const key of [masterKey, ...oldKeys]) checkKey(key);
  const currentId = keyIdOf(masterKey);
  const keys = new Map([masterKey, ...oldKeys].map((key) => [keyIdOf(key).toString('hex'), derive(key, 'seal')]));
  const sealKey = derive(masterKey, 'seal');
  const fingerprintKey = derive(masterKey, 'fingerprint');

  const seal = (value: unknown, context: string): Buffer => {
    const isText = typeof value === 'string';
    const nonce = randomBytes(NONCE.length);
    const header = Buffer.from([VERSION, ...currentId, isText ? KIND_TEXT : KIND_JSON]);
    const cipher = createCipheriv('aes-256-gcm', sealKey, nonce, { authTagLength: TAG.length });
    cipher.setAAD(aad(header, context));
    const body = Buffer.concat([cipher.update(isText ? value : JSON.stringify(value), 'utf8'), cipher.final()]);
    return Buffer.concat([header, nonce, cipher.getAuthTag(), body]);
  };

  const open = (sealed: Uint8Array, context: string): unknown => {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    if (bytes.length < BODY_AT || bytes[0] !== VERSION) throw new SealError(`${context}: not a sealed value`);
    const key = keys.get(bytes.toString('hex', KEY_ID.at, KEY_ID.at + KEY_ID.length));
    if (key === undefined) {
      throw new SealError(
        `${context}: sealed with another secret key; start with the BOWLINE_SECRET_KEY it was sealed with`,
      );
    }
    const nonce = bytes.subarray(NONCE.at, NONCE.at + NONCE.length);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG.length });
    decipher.setAAD(aad(bytes.subarray(0, NONCE.at), context));
    decipher.setAuthTag(bytes.subarray(TAG.at, TAG.at + TAG.length));
    let text: string;
    try {
      text = decipher.update(bytes.subarray(BODY_AT), undefined, 'utf8') + decipher.final('utf8');
    } catch (cause) {
      throw new SealError(`${context}: does not open; it was changed, or belongs to another place`, { cause });
    }
    return bytes[KIND_AT] === KIND_TEXT ? text : JSON.parse(text);
  };

  return {
    seal,
    open,
    openText: (sealed, context) => {
      const value = open(sealed, context);
      if (typeof value !== 'string') throw new SealError(`${context}: holds no text`);
      return value;
    },
    fingerprint: (text, context) => createHmac('sha256', fingerprintKey).update(`${context}\0${text}`).digest(),
  };
};
