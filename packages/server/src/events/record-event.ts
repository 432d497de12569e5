// Station 2 of 7: the event and its deliveries are written in the transaction of the change.
// Before: jobs/move-job (and connections/, discovers/). After: deliveries/lane.
import type { Tx } from '../db/types.ts';
import type { NewEvent, RecordedEvent } from './event.ts';
import { subjectKey } from './subject-key.ts';

/**
 * Records one event and one pending delivery for each webhook that subscribes to it, in one statement.
 * The delivery ids are drawn here, after the subject's row was locked by the change itself: so of one subject the ids
 * grow with the sequence. The transaction has its xid before it draws an id: the reading cursor relies on that.
 * Wake the lanes only after the transaction has committed.
 */
export const recordEvent = async (tx: Tx, event: NewEvent): Promise<RecordedEvent> => {
  const key = subjectKey(event.envId, event.subject);
  const rows = await tx<{ webhookNo: number }[]>`
    with recorded as (
      insert into events (env_id, event_id, subscription, type, subject, subject_key, sequence,
                          flow_id, tenant, connectors, traceparent, body, recorded_at)
      values (${event.envId}, ${event.uuid}, ${event.subscription}, ${event.type}, ${event.subject}, ${key},
              ${event.sequence}, ${event.flowId}, ${event.tenant}, ${event.connectors as string[]},
              ${event.traceparent}, ${event.body}, ${event.recordedAt})
    ), owed as (
      select w.webhook_no from webhooks w
      where w.env_id = ${event.envId} and w.state <> 'deleted' and pg_current_xact_id() is not null and case
        when ${event.onlyWebhookNo ?? null}::integer is not null then w.webhook_no = ${event.onlyWebhookNo ?? null}::integer
        else w.kind = 'standing' and w.subscription = ${event.subscription}
          and (w.filter_statuses is null or ${event.type} = any (w.filter_statuses))
          and (w.filter_flows is null or ${event.flowId}::text = any (w.filter_flows))
          and (w.filter_tenants is null or ${event.tenant}::text = any (w.filter_tenants))
          and (w.filter_connectors is null or ${event.connectors as string[]}::text[] && w.filter_connectors)
        end
    ), owing as (
      insert into pending (webhook_no, env_id, event_id, subject_key)
      select webhook_no, ${event.envId}, ${event.uuid}::uuid, ${key} from owed order by webhook_no
      returning webhook_no
    ), counted as (
      insert into ledger_recorded as l (webhook_no, shard, recorded)
      select webhook_no, pg_backend_pid() % 32, count(*) from owing group by webhook_no order by webhook_no
      on conflict (webhook_no, shard) do update set recorded = l.recorded + excluded.recorded
    )
    select webhook_no as "webhookNo" from owing`;
  return { uuid: event.uuid, webhookNos: rows.map((row) => row.webhookNo) };
};
