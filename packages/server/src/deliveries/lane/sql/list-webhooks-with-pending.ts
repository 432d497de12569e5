// Which webhooks have anything pending: a loose index scan, one probe per webhook however long its backlog.
import type { Sql } from '../../../db/types.ts';

export const listWebhooksWithPending = async (sql: Sql): Promise<number[]> => {
  const rows = await sql<{ webhookNo: number }[]>`
    with recursive found as (
      (select webhook_no from pending order by webhook_no limit 1)
      union all
      select (select p.webhook_no from pending p where p.webhook_no > f.webhook_no order by p.webhook_no limit 1)
      from found f where f.webhook_no is not null
    )
    select webhook_no as "webhookNo" from found where webhook_no is not null`;
  return rows.map((row) => row.webhookNo);
};
