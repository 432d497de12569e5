// The settle of everything that is not a plain first-time success: retries, failed probes, given up, and successes of
// parked deliveries, which release the next of their subject.
import type { Sql } from '../../../db/types.ts';
import { pgArray, pgTextArray } from '../../../lib/pg-array.ts';
import { fencedLanes, isFenced, type Epochs } from '../../lane/sql/fence.ts';
import type { Settlement } from '../settlement.ts';

export type OthersSettled = { fenced: number; released: number[] };

/** `released`: the webhooks that have one more delivery due now. */
export const settleOthers = async (sql: Sql, epochs: Epochs, batch: readonly Settlement[]): Promise<OthersSettled> => {
  const [row] = await sql<OthersSettled[]>`
    with fence as materialized (${fencedLanes(sql, epochs)}),
    input as materialized (
      select * from unnest(
        ${pgArray(batch.map((one) => one.delivery.webhookNo))}::text::integer[],
        ${pgArray(batch.map((one) => one.delivery.id))}::text::bigint[],
        ${pgArray(batch.map((one) => one.delivery.attempts + 1))}::text::smallint[],
        ${pgArray(batch.map((one) => one.retries))}::text::smallint[],
        ${pgArray(batch.map((one) => one.outcome))}::text::smallint[],
        ${pgArray(batch.map((one) => one.httpStatus))}::text::smallint[],
        ${pgArray(batch.map((one) => one.version))}::text::integer[],
        ${pgArray(batch.map((one) => one.startedUs))}::text::bigint[],
        ${pgArray(batch.map((one) => one.ttfbUs))}::text::integer[],
        ${pgArray(batch.map((one) => one.totalUs))}::text::integer[],
        ${pgArray(batch.map((one) => (one.nextAtMs === null ? null : Math.round(one.nextAtMs * 1000))))}::text::bigint[],
        ${pgTextArray(batch.map((one) => one.error))}::text::text[],
        ${pgTextArray(batch.map((one) => one.answer))}::text::text[],
        ${pgTextArray(batch.map((one) => one.answerHeaders))}::text::text[]
      ) as i (webhook_no, delivery_id, attempt, retries, outcome, status, version, started_us, ttfb_us, total_us,
              next_us, error, answer, answer_headers)
      where ${isFenced(sql, 'i.webhook_no')}
    ), gone as (
      delete from pending p using input i
      where p.webhook_no = i.webhook_no and p.delivery_id = i.delivery_id and i.outcome in (0, 2)
      returning p.webhook_no, p.delivery_id, p.event_id, p.replay_no, p.subject_key, i.outcome
    ), again as (
      update pending p set attempts = i.attempt, retries = i.retries, parked = true, next_at = to_timestamp(i.next_us / 1e6)
      from input i
      where p.webhook_no = i.webhook_no and p.delivery_id = i.delivery_id and i.outcome in (1, 3)
      returning p.webhook_no, p.delivery_id, p.event_id, p.replay_no
    ), logged as (
      insert into attempts (webhook_no, delivery_id, attempt, outcome, status, event_id, version, replay_no,
                            started_us, ttfb_us, total_us, next_us, error, answer, answer_headers)
      select i.webhook_no, i.delivery_id, i.attempt, i.outcome, i.status, d.event_id, i.version, d.replay_no,
             i.started_us, i.ttfb_us, i.total_us, i.next_us, i.error, i.answer, i.answer_headers
      from input i
      join (select webhook_no, delivery_id, event_id, replay_no from gone union all select * from again) d
        on d.webhook_no = i.webhook_no and d.delivery_id = i.delivery_id
    ), counted as (
      insert into ledger_settled as l (webhook_no, delivered, given_up)
      select webhook_no, count(*) filter (where outcome = 0), count(*) filter (where outcome = 2)
      from gone group by webhook_no order by webhook_no
      on conflict (webhook_no) do update set
        delivered = l.delivered + excluded.delivered, given_up = l.given_up + excluded.given_up
    ), next as (
      select g.webhook_no, (
        select min(q.delivery_id) from pending q
        where q.webhook_no = g.webhook_no and q.subject_key = g.subject_key and q.parked
          and q.delivery_id > g.delivery_id) as delivery_id
      from gone g
    ), released as (
      update pending p set next_at = coalesce(p.next_at, now()) from next n
      where p.webhook_no = n.webhook_no and p.delivery_id = n.delivery_id
      returning p.webhook_no
    )
    select (select count(*) from fence) as fenced,
           coalesce((select array_agg(distinct webhook_no) from released), '{}') as released`;
  return row ?? { fenced: 0, released: [] };
};
