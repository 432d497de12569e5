// One run of a connector's discovery: its row, its subject, and the body of its events.
import type { CatalogSummary, DiscoverBody } from '@bowline/contract/integration/event-bodies';
import type { DiscoverStatus, EntityType } from '@bowline/contract/subscriptions';
import { entityFields } from '../connections/connection.ts';
import type { ConnectionKey } from '../connections/connection.ts';
import type { Queryable, Tx } from '../db/types.ts';
import { recordEvent } from '../events/record-event.ts';
import { formatMicros } from '../lib/clock.ts';
import { eventIdOf, newEventUuid } from '../lib/ids.ts';
import { wireTime } from '../lib/wire-time.ts';

export type Discover = ConnectionKey & {
  taskId: string;
  entityType: EntityType;
  status: DiscoverStatus;
  startedBy: string;
  startTime: string;
  message: string | null;
  summary: CatalogSummary | null;
  lastUpdated: string;
  sequence: number;
};

export const discoverColumns = (sql: Queryable) => sql`
  d.env_id as "envId", d.task_id as "taskId", d.flow_id as "flowId", d.tenant, d.entity_type as "entityType", d.entity_id as "entityId",
  d.status, d.started_by as "startedBy", d.start_time as "startTime", d.message, d.catalog_summary as summary,
  d.last_updated as "lastUpdated", d.sequence`;

/** The column keeps no order of keys, the wire does. */
const inWireOrder = (summary: CatalogSummary | null): CatalogSummary | null => {
  if (summary === null) return null;
  const { streams, added, removed, changed } = summary;
  return { streams, added, removed, changed };
};

/** Enters the way of an event beside jobs/move-job: the discover's row must have been written by `tx` before. */
export const recordDiscoverEvent = async (tx: Tx, discover: Discover, micros: number): Promise<number[]> => {
  const uuid = newEventUuid(Math.floor(micros / 1000));
  const body: DiscoverBody = {
    env_id: discover.envId,
    flow_id: discover.flowId,
    tenant: discover.tenant,
    ...entityFields(discover),
    task_id: discover.taskId,
    status: discover.status,
    started_by: discover.startedBy,
    start_time: wireTime(discover.startTime),
    message: discover.message,
    catalog: inWireOrder(discover.summary),
    last_updated: wireTime(discover.lastUpdated),
    event_id: eventIdOf(uuid),
    sequence: discover.sequence,
  };
  const { webhookNos } = await recordEvent(tx, {
    envId: discover.envId,
    uuid,
    subscription: 'discover',
    type: discover.status,
    subject: `discover/${discover.taskId}`,
    sequence: discover.sequence,
    flowId: discover.flowId,
    tenant: discover.tenant,
    connectors: [discover.entityId],
    body: JSON.stringify(body),
    recordedAt: formatMicros(micros),
    traceparent: null,
  });
  return webhookNos;
};
