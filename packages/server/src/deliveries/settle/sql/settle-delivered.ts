// The hot settle: first-time successes. One statement removes them from `pending`, logs the attempts and counts them.
import type { Sql } from '../../../db/types.ts';
import { pgArray, pgTextArray } from '../../../lib/pg-array.ts';
import { fencedLanes, isFenced, type Epochs } from '../../lane/sql/fence.ts';
import type { Settlement } from '../settlement.ts';

/** Returns how many of the lanes are still ours; fewer than asked means that a lane was lost and its rows untouched. */
export const settleDelivered = async (sql: Sql, epochs: Epochs, batch: readonly Settlement[]): Promise<number> => {
  const answers = distinct(batch.map((one) => one.answer));
  const rows = await sql<{ fenced: number }[]>`
    with fence as materialized (${fencedLanes(sql, epochs)}),
    input as materialized (
      select i.*, (select ${pgTextArray(answers.texts)}::text::text[])[i.answer_no] as answer from unnest(
        ${pgArray(batch.map((one) => one.delivery.webhookNo))}::text::integer[],
        ${pgArray(batch.map((one) => one.delivery.id))}::text::bigint[],
        ${pgArray(batch.map((one) => one.delivery.attempts + 1))}::text::smallint[],
        ${pgArray(batch.map((one) => one.httpStatus))}::text::smallint[],
        ${pgArray(batch.map((one) => one.version))}::text::integer[],
        ${pgArray(batch.map((one) => one.startedUs))}::text::bigint[],
        ${pgArray(batch.map((one) => one.ttfbUs))}::text::integer[],
        ${pgArray(batch.map((one) => one.totalUs))}::text::integer[],
        ${pgArray(answers.index)}::text::integer[]
      ) as i (webhook_no, delivery_id, attempt, status, version, started_us, ttfb_us, total_us, answer_no)
      where ${isFenced(sql, 'i.webhook_no')}
    ), gone as (
      delete from pending p using input i
      where p.webhook_no = i.webhook_no and p.delivery_id = i.delivery_id
      returning p.webhook_no, p.delivery_id, p.event_id, p.replay_no,
        i.attempt, i.status, i.version, i.started_us, i.ttfb_us, i.total_us, i.answer
    ), logged as (
      insert into attempts (webhook_no, delivery_id, attempt, outcome, status, event_id, version, replay_no,
                            started_us, ttfb_us, total_us, answer)
      select webhook_no, delivery_id, attempt, 0, status, event_id, version, replay_no,
             started_us, ttfb_us, total_us, answer
      from gone
    ), counted as (
      insert into ledger_settled as l (webhook_no, delivered)
      select webhook_no, count(*) from gone group by webhook_no order by webhook_no
      on conflict (webhook_no) do update set delivered = l.delivered + excluded.delivered
    )
    select (select count(*) from fence) as fenced`;
  return rows[0]?.fenced ?? 0;
};

/** Most receivers answer the same few bytes every time: send each text once, and a 1-based index per row. */
const distinct = (values: readonly (string | null)[]): { texts: (string | null)[]; index: number[] } => {
  const known = new Map<string | null, number>();
  const index = values.map((value) => {
    const at = known.get(value) ?? known.size + 1;
    known.set(value, at);
    return at;
  });
  return { texts: [...known.keys()], index };
};
