// Deliveries that stand behind a parked one of their subject are parked with it, so that reading passes over them.
// One whose predecessor was settled in the meantime has nothing to wait for and is due at once.
import type { Sql } from '../../../db/types.ts';
import { pgArray } from '../../../lib/pg-array.ts';
import { fencedLanes, isFenced, type Epochs } from './fence.ts';

/** Parks them, if the lanes are still ours. Returns the webhooks that have one due at once. */
export const parkRows = async (
  sql: Sql,
  epochs: Epochs,
  rows: readonly { webhookNo: number; id: number }[],
): Promise<number[]> => {
  const due = await sql<{ webhookNo: number }[]>`
    with fence as materialized (${fencedLanes(sql, epochs)}),
    blocked as (
      update pending p set parked = true, next_at = case when exists (
          select from pending q where q.webhook_no = p.webhook_no and q.subject_key = p.subject_key and q.parked
            and q.delivery_id < p.delivery_id) then null else now() end
      from unnest(${pgArray(rows.map((row) => row.webhookNo))}::text::integer[],
                  ${pgArray(rows.map((row) => row.id))}::text::bigint[]) as i (webhook_no, delivery_id)
      where p.webhook_no = i.webhook_no and p.delivery_id = i.delivery_id
        and ${isFenced(sql, 'p.webhook_no')}
      returning p.webhook_no, p.next_at
    )
    select distinct webhook_no as "webhookNo" from blocked where next_at is not null`;
  return due.map((row) => row.webhookNo);
};
