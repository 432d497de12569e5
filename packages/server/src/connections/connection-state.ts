// The Singer state of a link: from where its next job starts.
import type { Queryable } from '../db/types.ts';
import type { ConnectionKey, JsonObject } from './connection.ts';
import { notLinked } from './read-connections.ts';

/** Replaces the state; null forgets it. Throws when nothing is linked. */
export const putState = async (sql: Queryable, key: ConnectionKey, state: JsonObject | null): Promise<void> => {
  if (!(await saveState(sql, key, state))) throw notLinked(key);
};

/** As `putState`; false when the link is gone, as it may be at the end of a job. */
export const saveState = async (sql: Queryable, key: ConnectionKey, state: JsonObject | null): Promise<boolean> => {
  const rows = await sql`
    update connections set bookmarks = ${state as never}::jsonb
    where env_id = ${key.envId} and flow_id = ${key.flowId} and tenant = ${key.tenant}
      and entity_type = ${key.entityType} and entity_id = ${key.entityId} and removed_at is null
    returning 1`;
  return rows.length > 0;
};

/** What clients read: the bookmarks, whether the tap nests them under that word or not. */
export const stateAnswer = (state: JsonObject | null): { bookmarks: JsonObject } => {
  const bookmarks = state?.['bookmarks'];
  if (typeof bookmarks === 'object' && bookmarks !== null) return { ...state, bookmarks: bookmarks as JsonObject };
  return { bookmarks: state ?? {} };
};
