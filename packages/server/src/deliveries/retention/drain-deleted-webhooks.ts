// Deliveries of deleted webhooks are withdrawn: settled without a POST and counted as given up, so that the ledger
// balances and nothing waits for ever.
import type { Sql } from '../../db/types.ts';
import { formatMicros, type Clock } from '../../lib/clock.ts';

const BATCH = 1_000;

/** A POST that was in the air at the deletion ends within this time and is settled by its lane. */
const GRACE_MS = 60_000;

type Deps = { sql: Sql; clock: Clock; batch?: number; graceMs?: number };

/** Returns how many were withdrawn. */
export const drainDeletedWebhooks = async (deps: Deps, signal?: AbortSignal): Promise<number> => {
  const deletedBefore = formatMicros((deps.clock.nowMs() - (deps.graceMs ?? GRACE_MS)) * 1000);
  const webhooks = await deps.sql<{ webhookNo: number; version: number }[]>`
    select w.webhook_no as "webhookNo", w.version from webhooks w
    where w.state = 'deleted' and w.changed_at <= ${deletedBefore}
      and exists (select from pending p where p.webhook_no = w.webhook_no)`;
  const batch = deps.batch ?? BATCH;
  let total = 0;
  for (const { webhookNo, version } of webhooks) {
    for (let count = batch; count === batch && !signal?.aborted; total += count) {
      count = await withdraw(deps, { webhookNo, version, batch });
    }
  }
  return total;
};

const withdraw = async (
  { sql, clock }: Deps,
  ask: { webhookNo: number; version: number; batch: number },
): Promise<number> => {
  const [row] = await sql<{ count: number }[]>`
    with doomed as materialized (
      select delivery_id from pending where webhook_no = ${ask.webhookNo}
      order by delivery_id limit ${ask.batch} for update skip locked
    ), gone as (
      delete from pending p using doomed d where p.webhook_no = ${ask.webhookNo} and p.delivery_id = d.delivery_id
      returning p.delivery_id, p.event_id, p.attempts, p.replay_no
    ), logged as (
      insert into attempts (webhook_no, delivery_id, attempt, outcome, event_id, version, replay_no, started_us,
                            total_us, error)
      select ${ask.webhookNo}, delivery_id, attempts + 1, 4, event_id, ${ask.version}, replay_no,
             ${clock.nowMicros()}::bigint, 0, 'its webhook was deleted'
      from gone
    ), counted as (
      insert into ledger_settled as l (webhook_no, given_up)
      select ${ask.webhookNo}, count(*) from gone having count(*) > 0
      on conflict (webhook_no) do update set given_up = l.given_up + excluded.given_up
    )
    select count(*) as count from gone`;
  return row?.count ?? 0;
};
