// The first admin key: without one, nobody could make any other.
import { transaction } from '../db/transaction.ts';
import type { Sql, Tx } from '../db/types.ts';
import { createAdminKey } from './key-store.ts';
import { hashKey, hintOf } from './key-text.ts';

const PRESET_ID = 'key_preset';
/** Any number of our own; two nodes that start at once make one key. */
const LOCK = 0x62_77_6b_31;

export type AdminKeyOptions = {
  /** `BOWLINE_ADMIN_KEY`: becomes the key `key_preset`. */
  preset: string | null;
  /** Called with a new key before it counts, so that a crash in between loses nothing: write it to the private file. */
  keep: (key: string) => Promise<void>;
};

const usePreset = async (tx: Tx, key: string): Promise<void> => {
  const digest = hashKey(key);
  await tx`delete from api_keys where key_id = ${PRESET_ID} and hash <> ${digest}`;
  await tx`
    insert into api_keys (key_id, env_id, role, name, hash, hint)
    values (${PRESET_ID}, null, 'admin', 'BOWLINE_ADMIN_KEY', ${digest}, ${hintOf(key)})
    on conflict do nothing`;
  await tx`update api_keys set revoked_at = null where hash = ${digest} and role = 'admin'`;
};

/** The text of the key when this call made one; null when there is one already or it was preset. */
export const ensureAdminKey = (sql: Sql, options: AdminKeyOptions): Promise<string | null> =>
  transaction(sql, async (tx) => {
    await tx`select pg_advisory_xact_lock(${LOCK}::bigint)`;
    if (options.preset !== null) {
      await usePreset(tx, options.preset);
      return null;
    }
    const [found] = await tx`select from api_keys where role = 'admin' and revoked_at is null limit 1`;
    if (found !== undefined) return null;
    const { key } = await createAdminKey(tx, 'first admin key');
    await options.keep(key);
    return key;
  });
