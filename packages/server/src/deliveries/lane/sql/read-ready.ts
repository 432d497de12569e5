// The next pending deliveries of many webhooks in one statement: by cursor, without a write.
import type { Sql } from '../../../db/types.ts';
import { pgArray } from '../../../lib/pg-array.ts';

export type ReadRequest = {
  webhookNo: number;
  after: number;
  quota: number;
  /** The webhook has parked deliveries: tell which rows stand behind one of their subject. */
  checkParked: boolean;
};

export type ReadyRow = {
  webhookNo: number;
  id: number;
  eventUuid: string;
  subjectKey: number;
  attempts: number;
  retries: number;
  type: string;
  body: string;
  traceparent: string | null;
  blocked: boolean;
  /** Transactions below it had ended when the rows were read. */
  xmin: number;
  /** Drawn after the snapshot: transactions that ran then have smaller ones. (pg_snapshot_xmax won't do: running ones may be above it.) */
  ownXid: number;
};

export const readReady = (sql: Sql, requests: readonly ReadRequest[]): Promise<ReadyRow[]> => sql<ReadyRow[]>`
  select p.webhook_no as "webhookNo", p.delivery_id as id, p.event_id as "eventUuid", p.subject_key as "subjectKey",
         p.attempts, p.retries, e.type, e.body, e.traceparent,
         (w.check_parked and exists (
            select from pending q where q.webhook_no = p.webhook_no and q.subject_key = p.subject_key and q.parked
              and q.delivery_id < p.delivery_id)) as blocked,
         pg_snapshot_xmin(s.snapshot)::text::bigint as xmin, s.own_xid::text::bigint as "ownXid"
  from (select pg_current_snapshot() as snapshot, pg_current_xact_id() as own_xid offset 0) s
  cross join unnest(${pgArray(requests.map((one) => one.webhookNo))}::text::integer[],
                    ${pgArray(requests.map((one) => one.after))}::text::bigint[],
                    ${pgArray(requests.map((one) => one.quota))}::text::integer[],
                    ${pgArray(requests.map((one) => one.checkParked))}::text::boolean[])
    as w (webhook_no, after, quota, check_parked)
  cross join lateral (
    select * from pending p where p.webhook_no = w.webhook_no and p.delivery_id > w.after and not p.parked
    order by p.delivery_id limit w.quota
  ) p
  join events e on e.env_id = p.env_id and e.event_id = p.event_id
  order by p.webhook_no, p.delivery_id`;
