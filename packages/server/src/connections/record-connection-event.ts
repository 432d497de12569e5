// Enters the way of an event beside jobs/move-job: a change of a connection and its event are one transaction.
import type { ConnectionBody } from '@bowline/contract/integration/event-bodies';
import type { ConnectionAction } from '@bowline/contract/subscriptions';
import { findConnectors } from '../connectors/connector-store.ts';
import type { Tx } from '../db/types.ts';
import { recordEvent } from '../events/record-event.ts';
import { formatMicros } from '../lib/clock.ts';
import { eventIdOf, newEventUuid } from '../lib/ids.ts';
import { connectionSubject, entityFields } from './connection.ts';
import type { ConnectionChanged, ConnectionKey } from './connection.ts';

export type ConnectionEvent = {
  key: ConnectionKey;
  action: ConnectionAction;
  sequence: number;
  changedBy: string;
  micros: number;
};

/** The subject's row must have been written (and so locked) by `tx` before. */
export const recordConnectionEvent = async (tx: Tx, event: ConnectionEvent): Promise<ConnectionChanged> => {
  const { key, action, sequence } = event;
  const [connector] = await findConnectors(tx, key.envId, [key.entityId]);
  const uuid = newEventUuid(Math.floor(event.micros / 1000));
  const at = formatMicros(event.micros);
  const body: ConnectionBody = {
    env_id: key.envId,
    flow_id: key.flowId,
    tenant: key.tenant,
    entity_type: key.entityType,
    ...entityFields(key),
    action,
    label: connector?.label ?? null,
    domain: connector?.domain ?? null,
    type: connector?.type ?? null,
    changed_by: event.changedBy,
    last_updated: at,
    event_id: eventIdOf(uuid),
    sequence,
  };
  const { webhookNos } = await recordEvent(tx, {
    envId: key.envId,
    uuid,
    subscription: 'connection',
    type: action,
    subject: connectionSubject(key),
    sequence,
    flowId: key.flowId,
    tenant: key.tenant,
    connectors: [key.entityId],
    body: JSON.stringify(body),
    recordedAt: at,
    traceparent: null,
  });
  return { action, sequence, webhookNos };
};
