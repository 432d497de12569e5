// Unlinks: wipes what was kept, keeps the row, so that the sequence of the subject goes on when it is linked again.
import type { Tx } from '../db/types.ts';
import { formatMicros } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import type { ConnectionChanged, ConnectionKey } from './connection.ts';
import { notLinked } from './read-connections.ts';
import { recordConnectionEvent } from './record-connection-event.ts';

export const unlinkConnection = async (
  tx: Tx,
  clock: Clock,
  key: ConnectionKey,
  changedBy: string,
): Promise<ConnectionChanged> => {
  const micros = clock.nowMicros();
  const at = formatMicros(micros);
  const [row] = await tx<{ sequence: number }[]>`
    update connections
    set removed_at = ${at}, updated_at = ${at}, sequence = sequence + 1, config = null, field_map = null, catalog = null,
        bookmarks = null, symlink = null, connection_name = null, discover_task_status = null
    where env_id = ${key.envId} and flow_id = ${key.flowId} and tenant = ${key.tenant}
      and entity_type = ${key.entityType} and entity_id = ${key.entityId} and removed_at is null
    returning sequence`;
  if (row === undefined) throw notLinked(key);
  return recordConnectionEvent(tx, { key, action: 'removed', sequence: row.sequence, changedBy, micros });
};
