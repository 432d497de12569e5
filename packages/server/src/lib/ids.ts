// Every identifier that Bowline mints, in one place.
import { randomBytes, randomFillSync } from 'node:crypto';

const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BASE62 = URL_SAFE.slice(0, 62);

const randomText = (alphabet: string, length: number): string => {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      const symbol = alphabet[byte & 63];
      if (symbol !== undefined && text.length < length) text += symbol;
    }
  }
  return text;
};

/** Six characters of `[A-Za-z0-9_-]`, the form that existing clients know. Unique per environment by the table's key. */
export const newJobId = (): string => randomText(BASE62, 1) + randomText(URL_SAFE, 5);
/** Nine characters of `[A-Za-z0-9]`. */
export const newFlowId = (): string => randomText(BASE62, 9);
/** 32 hexadecimal digits. */
export const newTaskId = (): string => randomBytes(16).toString('hex');
export const newWebhookId = (): string => `wh_${randomText(BASE62, 16)}`;
export const newReplayId = (): string => `rp_${randomText(BASE62, 16)}`;
export const newKeyId = (): string => `key_${randomText(BASE62, 12)}`;
export const newToken = (length: number): string => randomText(BASE62, length);

const POOL_SIZE = 16 * 256;
const pool = new Uint8Array(POOL_SIZE);
let poolAt = POOL_SIZE;
const view = Buffer.from(pool.buffer);

/**
 * A UUIDv7 (RFC 9562 section 5.7) in its text form: event ids sort by time, so that keyset paging and the index's
 * locality come for free.
 */
export const newEventUuid = (nowMs: number): string => {
  if (poolAt === POOL_SIZE) {
    randomFillSync(pool);
    poolAt = 0;
  }
  const at = poolAt;
  poolAt += 16;
  view.writeUIntBE(nowMs, at, 6);
  view[at + 6] = 0x70 | ((view[at + 6] ?? 0) & 0x0f);
  view[at + 8] = 0x80 | ((view[at + 8] ?? 0) & 0x3f);
  const hex = view.toString('hex', at, at + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

/** The public form of an event's id (`evt_` and 32 hexadecimal digits), also its `webhook-id`. */
export const eventIdOf = (uuid: string): string => `evt_${uuid.replaceAll('-', '')}`;

/** The UUID behind a public event id, or null when the text is not one. */
export const eventUuidOf = (id: string): string | null => {
  const match = /^evt_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(id);
  return match ? match.slice(1).join('-') : null;
};
