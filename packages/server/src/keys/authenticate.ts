// Whose key is this? A short memory of recent answers saves a query on nearly every call.
import type { Sql } from '../db/types.ts';
import type { Clock } from '../lib/clock.ts';
import { hashKey, type KeyRole } from './key-text.ts';

export type KeyOwner = { keyId: string; role: KeyRole; envId: string | null };

export type Authenticator = {
  /** Null for an unknown or revoked key. Answers at once, without a promise, when it remembers. */
  authenticate(presentedKey: string): KeyOwner | null | Promise<KeyOwner | null>;
  /** After a revocation on this node; other nodes notice when their memory ends. */
  forget: () => void;
};

/** How long a revoked key may still be taken on another node. */
const REMEMBER_MS = 5_000;
const MAX_REMEMBERED = 10_000;
const MAX_KEY_LENGTH = 256;

type Remembered = { owner: KeyOwner; untilMs: number };

export const makeAuthenticator = (deps: { sql: Sql; clock: Pick<Clock, 'nowMs'> }): Authenticator => {
  const { sql, clock } = deps;
  const remembered = new Map<string, Remembered>();
  const underWay = new Map<string, Promise<KeyOwner | null>>();
  let epoch = 0;

  const lookUp = async (digest: Buffer, id: string): Promise<KeyOwner | null> => {
    const startedIn = epoch;
    const [owner] = await sql<KeyOwner[]>`
      select key_id as "keyId", role, env_id as "envId" from api_keys where hash = ${digest} and revoked_at is null`;
    if (owner === undefined) return null;
    if (startedIn === epoch) {
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(id, { owner, untilMs: clock.nowMs() + REMEMBER_MS });
    }
    return owner;
  };

  return {
    authenticate: (presentedKey) => {
      if (presentedKey === '' || presentedKey.length > MAX_KEY_LENGTH) return null;
      const digest = hashKey(presentedKey);
      const id = digest.toString('latin1');
      const known = remembered.get(id);
      if (known !== undefined && known.untilMs > clock.nowMs()) return known.owner;
      const other = underWay.get(id);
      if (other !== undefined) return other;
      const lookup = lookUp(digest, id).finally(() => underWay.delete(id));
      underWay.set(id, lookup);
      return lookup;
    },
    forget: () => {
      epoch += 1;
      remembered.clear();
      underWay.clear();
    },
  };
};
