// Parked deliveries whose time has come. One that stands behind an earlier parked one of its subject is never due.
import type { Sql } from '../../../db/types.ts';
import { pgArray } from '../../../lib/pg-array.ts';
import type { ReadyRow } from './read-ready.ts';

export type DueRequest = { webhookNo: number; quota: number; ordered: boolean };
export type DueRow = Omit<ReadyRow, 'blocked' | 'xmin' | 'ownXid'>;

export const readDue = (sql: Sql, requests: readonly DueRequest[], nowMs: number): Promise<DueRow[]> => sql<DueRow[]>`
  select p.webhook_no as "webhookNo", p.delivery_id as id, p.event_id as "eventUuid", p.subject_key as "subjectKey",
         p.attempts, p.retries, e.type, e.body, e.traceparent
  from unnest(${pgArray(requests.map((one) => one.webhookNo))}::text::integer[],
              ${pgArray(requests.map((one) => one.quota))}::text::integer[],
              ${pgArray(requests.map((one) => one.ordered))}::text::boolean[]) as w (webhook_no, quota, ordered)
  cross join lateral (
    select * from pending p where p.webhook_no = w.webhook_no and p.next_at <= to_timestamp(${nowMs}::bigint / 1e3)
      and not (w.ordered and exists (
        select from pending q where q.webhook_no = p.webhook_no and q.subject_key = p.subject_key and q.parked
          and q.delivery_id < p.delivery_id))
    order by p.next_at, p.delivery_id limit w.quota
  ) p
  join events e on e.env_id = p.env_id and e.event_id = p.event_id
  order by p.webhook_no, p.delivery_id`;

export type NextDue = { webhookNo: number; nextAtMs: number | null; anyParked: boolean };

/** When the next parked delivery of each webhook becomes due after `nowMs`, and whether it has any parked at all. */
export const readNextDue = (sql: Sql, webhookNos: readonly number[], nowMs: number): Promise<NextDue[]> => sql<
  NextDue[]
>`
  select w.webhook_no as "webhookNo",
         (select ceil(extract(epoch from min(p.next_at)) * 1000)::bigint from pending p
          where p.webhook_no = w.webhook_no and p.next_at > to_timestamp(${nowMs}::bigint / 1e3)) as "nextAtMs",
         exists (select from pending p where p.webhook_no = w.webhook_no and p.parked) as "anyParked"
  from unnest(${pgArray(webhookNos)}::text::integer[]) as w (webhook_no)`;
