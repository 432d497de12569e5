// The ledger, in one statement and so in one snapshot: what is recorded, settled and pending changes in the transactions
// that count it, so it balances whenever it is read. Nothing is taken from the log, which retention shortens:
// the counters say what ever was, those of deleted webhooks included.
import type { LedgerAnswer, LedgerCounts } from '@bowline/contract/deliveries/ledger';
import type { Subscription } from '@bowline/contract/subscriptions';
import type { Queryable } from '../../db/types.ts';
import { isHeld } from '../log/sql/fragments.ts';

type Row = {
  webhookId: string;
  subscription: Subscription;
  deleted: boolean;
  held: boolean;
  recorded: number;
  delivered: number;
  givenUp: number;
  waiting: number;
};

export const readLedger = async (sql: Queryable, envId: string): Promise<LedgerAnswer> => {
  const rows = await sql<Row[]>`
    select w.webhook_id as "webhookId", w.subscription, w.state = 'deleted' as deleted, ${isHeld(sql)} as held,
           (select coalesce(sum(l.recorded), 0)::bigint from ledger_recorded l where l.webhook_no = w.webhook_no) as recorded,
           coalesce(s.delivered, 0) as delivered, coalesce(s.given_up, 0) as "givenUp",
           (select count(*) from pending p where p.webhook_no = w.webhook_no) as waiting
    from webhooks w left join ledger_settled s on s.webhook_no = w.webhook_no
    where w.env_id = ${envId}
    order by w.webhook_no`;
  const living = rows.filter((row) => !row.deleted);
  return {
    webhooks: living.map((row) => ({ webhook_id: row.webhookId, subscription: row.subscription, ...sumOf([row]) })),
    deleted: sumOf(rows.filter((row) => row.deleted)),
    total: sumOf(rows),
  };
};

const sumOf = (rows: readonly Row[]): LedgerCounts => {
  const sum = { recorded: 0, delivered: 0, pending: 0, held: 0, given_up: 0 };
  let balanced = true;
  for (const row of rows) {
    sum.recorded += row.recorded;
    sum.delivered += row.delivered;
    sum.given_up += row.givenUp;
    sum[row.held ? 'held' : 'pending'] += row.waiting;
    balanced &&= row.recorded === row.delivered + row.givenUp + row.waiting;
  }
  return { ...sum, balanced };
};
