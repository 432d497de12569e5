// HMAC as two one-shot hashes over prepared pads. A server signs every body three times; for 450 bytes this takes
// 2.9 µs for all three, where createHmac takes 4.8 µs with a KeyObject, 5.1 with a text key and 30 with a key as bytes.
import { createHmac, hash } from 'node:crypto';
import { isUint8Array } from 'node:util/types';

/** Raw bytes, or text that stands for its UTF-8 bytes. */
export type Body = Uint8Array | string;
type Encoding = 'hex' | 'base64';
export type KeyedHash = (prefix: string, body: Body, encoding: Encoding) => string;

const BLOCK = 64;
const PREFIX_ROOM = 320;
const BODY_AT = BLOCK + PREFIX_ROOM;
const SCRATCH_SIZE = 64 * 1024;

let scratch: Buffer | undefined;

/** True for what can be signed as it is; a parsed object can't. */
export const isBody = (value: unknown): value is Body => typeof value === 'string' || isUint8Array(value);

const fits = (prefix: string, body: Body): boolean =>
  prefix.length <= PREFIX_ROOM && (typeof body === 'string' ? body.length * 3 : body.length) <= SCRATCH_SIZE - BODY_AT;

/** A function that hashes `prefix` (ASCII) and `body` with one key. Pad, prefix and body lie side by side in one scratch. */
export const makeKeyedHash = (algorithm: 'sha1' | 'sha256', key: Uint8Array): KeyedHash => {
  const short = key.length > BLOCK ? hash(algorithm, key, 'buffer') : key;
  const inner = Buffer.alloc(BLOCK, 0x36);
  const outer = Buffer.alloc(BLOCK + (algorithm === 'sha1' ? 20 : 32), 0x5c);
  short.forEach((byte, at) => {
    inner[at] = 0x36 ^ byte;
    outer[at] = 0x5c ^ byte;
  });

  return (prefix, body, encoding) => {
    if (!fits(prefix, body)) {
      return createHmac(algorithm, key).update(prefix, 'latin1').update(body).digest(encoding);
    }
    const room = (scratch ??= Buffer.allocUnsafeSlow(SCRATCH_SIZE));
    let end = BODY_AT;
    if (typeof body === 'string') {
      end += room.write(body, BODY_AT);
    } else {
      room.set(body, BODY_AT);
      end += body.length;
    }
    const from = BODY_AT - prefix.length - BLOCK;
    room.set(inner, from);
    room.write(prefix, from + BLOCK, 'latin1');
    outer.write(hash(algorithm, room.subarray(from, end), 'binary'), BLOCK, 'latin1');
    return hash(algorithm, outer, encoding);
  };
};
