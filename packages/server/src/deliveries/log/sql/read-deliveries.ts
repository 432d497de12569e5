// The full rows of deliveries that were found, pending or settled, as they are at one instant.
import type { PendingQuery, Row } from 'postgres';
import type { DeliveryAnswer } from '@bowline/contract/deliveries/schemas';
import type { DeliveryState } from '@bowline/contract/deliveries/filters';
import type { Subscription } from '@bowline/contract/subscriptions';
import type { Queryable } from '../../../db/types.ts';
import { formatMicros } from '../../../lib/clock.ts';
import { eventIdOf } from '../../../lib/ids.ts';
import { deliveryIdOf } from '../delivery-id.ts';
import { isHeld, microsOf } from './fragments.ts';

export type Fragment = PendingQuery<Row[]>;

export type DeliveryRow = {
  webhookNo: number;
  deliveryId: number;
  webhookId: string;
  eventUuid: string;
  subscription: Subscription;
  type: string;
  subject: string;
  sequence: number;
  flowId: string | null;
  tenant: string | null;
  recordedUs: number;
  state: DeliveryState;
  attempts: number;
  lastStatus: number | null;
  lastError: string | null;
  lastUs: number | null;
  nextUs: number | null;
  replayId: string | null;
};

/**
 * `found` selects `webhook_no, delivery_id`; those of other environments are left out. Newest first. Each lookup is
 * fenced by `limit 1`, which keeps the planner from reading a whole table for a page of rows.
 */
export const readDeliveries = (sql: Queryable, envId: string, found: Fragment): Promise<DeliveryRow[]> =>
  sql<DeliveryRow[]>`
  select w.webhook_no as "webhookNo", f.delivery_id as "deliveryId", w.webhook_id as "webhookId",
         e.event_id as "eventUuid", e.subscription, e.type, e.subject, e.sequence, e.flow_id as "flowId", e.tenant,
         ${microsOf(sql, 'e.recorded_at')} as "recordedUs",
         case when p.delivery_id is not null then case when ${isHeld(sql)} then 'held' else 'pending' end
              when last.outcome = 0 then 'delivered' else 'given_up' end as state,
         coalesce(p.attempts, last.attempt - (last.outcome = 4)::integer) as attempts,
         last.status as "lastStatus", last.error as "lastError",
         case when last.outcome <> 4 then last.started_us end as "lastUs",
         ${microsOf(sql, 'p.next_at')} as "nextUs",
         (select r.replay_id from replays r where r.replay_no = coalesce(p.replay_no, last.replay_no)) as "replayId"
  from (${found}) f
  join webhooks w on w.webhook_no = f.webhook_no and w.env_id = ${envId}
  left join lateral (
    select * from pending p where p.webhook_no = f.webhook_no and p.delivery_id = f.delivery_id limit 1) p on true
  left join lateral (
    select * from attempts a where a.webhook_no = f.webhook_no and a.delivery_id = f.delivery_id
    order by a.attempt desc limit 1) last on true
  join lateral (
    select * from events e where e.env_id = ${envId} and e.event_id = coalesce(p.event_id, last.event_id) limit 1
  ) e on true
  order by f.delivery_id desc`;

const timeOrNull = (micros: number | null): string | null => (micros === null ? null : formatMicros(micros));

export const deliveryAnswer = (row: DeliveryRow): DeliveryAnswer => ({
  delivery_id: deliveryIdOf(row.webhookNo, row.deliveryId),
  webhook_id: row.webhookId,
  event_id: eventIdOf(row.eventUuid),
  subscription: row.subscription,
  type: row.type,
  subject: row.subject,
  sequence: row.sequence,
  flow_id: row.flowId,
  tenant: row.tenant,
  recorded_at: formatMicros(row.recordedUs),
  state: row.state,
  attempts: row.attempts,
  last_status: row.lastStatus,
  last_error: row.lastError,
  last_attempt_at: timeOrNull(row.lastUs),
  next_attempt_at: timeOrNull(row.nextUs),
  replay_id: row.replayId,
});
