// Keys in the database: made, listed, revoked. The key itself is never stored.
import { DomainError } from '@bowline/contract/errors';
import type { KeyAnswer } from '@bowline/contract/management/keys';
import type { Queryable, Tx } from '../db/types.ts';
import { newKeyId } from '../lib/ids.ts';
import { isForeignKeyViolation } from '../lib/pg-error.ts';
import { wireTime, wireTimeOrNull } from '../lib/wire-time.ts';
import { hashKey, hintOf, newKeyText, type KeyRole } from './key-text.ts';

type KeyRow = {
  keyId: string;
  envId: string | null;
  role: KeyRole;
  name: string;
  hint: string;
  createdAt: string;
  revokedAt: string | null;
};

export type NewKeyAnswer = KeyAnswer & { key: string };

const columns = (sql: Queryable) => sql`
  key_id as "keyId", env_id as "envId", role, name, hint, created_at as "createdAt", revoked_at as "revokedAt"`;

const toAnswer = (row: KeyRow): KeyAnswer => ({
  key_id: row.keyId,
  env_id: row.envId,
  role: row.role,
  name: row.name,
  hint: row.hint,
  created_at: wireTime(row.createdAt),
  revoked_at: wireTimeOrNull(row.revokedAt),
});

const insertKey = async (sql: Queryable, role: KeyRole, envId: string | null, name: string): Promise<NewKeyAnswer> => {
  const key = newKeyText(role);
  const [row] = await sql<KeyRow[]>`
    insert into api_keys (key_id, env_id, role, name, hash, hint)
    values (${newKeyId()}, ${envId}, ${role}, ${name}, ${hashKey(key)}, ${hintOf(key)})
    returning ${columns(sql)}`;
  if (row === undefined) throw new Error('insert returned no row');
  return { ...toAnswer(row), key };
};

/** The answer holds the key: the only time that it is seen. */
export const createSecretKey = async (sql: Queryable, envId: string, name: string): Promise<NewKeyAnswer> => {
  try {
    return await insertKey(sql, 'secret', envId, name);
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error;
    throw new DomainError('not_found', `env_id: there is no environment "${envId}"`, { field: 'env_id' });
  }
};

export const createAdminKey = (sql: Queryable, name: string): Promise<NewKeyAnswer> =>
  insertKey(sql, 'admin', null, name);

/** Of one environment; with null, the admin keys. */
export const listKeys = async (sql: Queryable, envId: string | null): Promise<KeyAnswer[]> => {
  const rows = await sql<KeyRow[]>`
    select ${columns(sql)} from api_keys where env_id is not distinct from ${envId} order by created_at, key_id`;
  return rows.map(toAnswer);
};

const noKey = (keyId: string): DomainError =>
  new DomainError('not_found', `key_id: there is no key "${keyId}"`, { field: 'key_id' });

/** Revoking a revoked key is no error. */
export const revokeSecretKey = async (sql: Queryable, envId: string, keyId: string): Promise<void> => {
  const rows = await sql`
    update api_keys set revoked_at = coalesce(revoked_at, now()) where key_id = ${keyId} and env_id = ${envId}
    returning key_id`;
  if (rows.length === 0) throw noKey(keyId);
};

/** The last admin key stays, since without one nobody could make another. */
export const revokeAdminKey = async (tx: Tx, keyId: string): Promise<void> => {
  const live = await tx<{ keyId: string; revokedAt: string | null }[]>`
    select key_id as "keyId", revoked_at as "revokedAt" from api_keys where role = 'admin' order by key_id for update`;
  const found = live.find((row) => row.keyId === keyId);
  if (found === undefined) throw noKey(keyId);
  if (found.revokedAt !== null) return;
  if (live.filter((row) => row.revokedAt === null).length === 1) {
    throw new DomainError('conflict', 'key_id: this is the last admin key; create another one first', {
      field: 'key_id',
    });
  }
  await tx`update api_keys set revoked_at = now() where key_id = ${keyId}`;
};
