// Queues a discover of a link. One at a time per link: while one is under way, that one is the answer.
import { lockConnection } from '../connections/read-connections.ts';
import type { ConnectionKey } from '../connections/connection.ts';
import type { Queryable, Tx } from '../db/types.ts';
import { formatMicros } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { newTaskId } from '../lib/ids.ts';
import { discoverColumns, recordDiscoverEvent } from './discover.ts';
import type { Discover } from './discover.ts';

export type StartedDiscover = { discover: Discover; started: boolean; webhookNos: number[] };

/** Throws when nothing is linked. */
export const startDiscover = async (
  tx: Tx,
  clock: Clock,
  key: ConnectionKey,
  startedBy: string,
): Promise<StartedDiscover> => {
  await lockConnection(tx, key);
  const micros = clock.nowMicros();
  const at = formatMicros(micros);
  const [discover] = await tx<Discover[]>`
    insert into discovers as d (env_id, task_id, flow_id, tenant, entity_type, entity_id, status, started_by, start_time, last_updated, sequence)
    values (${key.envId}, ${newTaskId()}, ${key.flowId}, ${key.tenant}, ${key.entityType}, ${key.entityId}, 'DISCOVER_STARTED',
            ${startedBy}, ${at}, ${at}, 1)
    on conflict (env_id, flow_id, tenant, entity_type, entity_id) where status = 'DISCOVER_STARTED' do nothing
    returning ${discoverColumns(tx)}`;
  if (discover === undefined) return { discover: await requireRunning(tx, key), started: false, webhookNos: [] };
  await tx`
    update connections set discover_task_status = 'DISCOVER_STARTED'
    where env_id = ${key.envId} and flow_id = ${key.flowId} and tenant = ${key.tenant}
      and entity_type = ${key.entityType} and entity_id = ${key.entityId} and removed_at is null`;
  return { discover, started: true, webhookNos: await recordDiscoverEvent(tx, discover, micros) };
};

const requireRunning = async (tx: Tx, key: ConnectionKey): Promise<Discover> => {
  const running = await findRunningDiscover(tx, key);
  // The link is locked by us, and a discover ends under the same lock.
  if (running === null) throw new Error('A discover is under way, yet could not be read');
  return running;
};

export const findRunningDiscover = async (sql: Queryable, key: ConnectionKey): Promise<Discover | null> => {
  const [row] = await sql<Discover[]>`
    select ${discoverColumns(sql)} from discovers d
    where d.env_id = ${key.envId} and d.flow_id = ${key.flowId} and d.tenant = ${key.tenant} and d.entity_type = ${key.entityType}
      and d.entity_id = ${key.entityId} and d.status = 'DISCOVER_STARTED'`;
  return row ?? null;
};
