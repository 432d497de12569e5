// Fills the tables by SQL with what the API would have written, the ledger included. Five moves a job, 450 bytes a body.
import type { Sql } from '../../../packages/server/src/db/types.ts';
import { ENV_ID } from './world.ts';

const CHUNK = 5_000;

type Fill = { webhookNo: number; count: number; onChunk?: (filled: number) => void };

let fills = 0;

/** Jobs of a chunk move in turns: all are created, then all are started, and so on. */
const chunkOf = (sql: Sql, tag: string, size: number) => sql`
  select n, id, subject, sequence, type,
         hashtextextended(subject, 0) & 281474976710655 as subject_key,
         head || repeat('x', 450 - length(head) - 2) || '"}' as body
  from (select n, uuidv7() as id, n / 1000 + 1 as sequence, 'job/' || ${tag}::text || '-' || n % 1000 as subject,
               (array['JOB_CREATED', 'SYNC_STARTED', 'SYNC_SUCCESS', 'ETL_STARTED', 'ETL_SUCCESS'])[n / 1000 + 1] as type
        from generate_series(0, ${size}::integer - 1) n offset 0) i
  cross join lateral (
    select '{"job_id":"' || substr(subject, 5) || '","env_id":"bench.local","status":"' || type || '","event_id":"evt_'
      || replace(id::text, '-', '') || '","sequence":' || sequence || ',"message":"' as head) h`;

const eventsOf = (sql: Sql) => sql`
  insert into events (env_id, event_id, subscription, type, subject, subject_key, sequence, flow_id, tenant, connectors, body, recorded_at)
  select ${ENV_ID}, id, 'job_lifecycle', type, subject, subject_key, sequence, 'bench', 'filled', '{}', body, now()
  from input order by n`;

const countedOf = (sql: Sql, webhookNo: number, size: number) => sql`
  insert into ledger_recorded as l (webhook_no, shard, recorded) values (${webhookNo}, 0, ${size})
  on conflict (webhook_no, shard) do update set recorded = l.recorded + excluded.recorded`;

/** Deliveries that wait to be sent. */
export const fillPending = (sql: Sql, fill: Fill): Promise<void> =>
  inChunks(fill, async (tag, size) => {
    await sql`
      with input as materialized (${chunkOf(sql, tag, size)}),
      recorded as (${eventsOf(sql)}),
      counted as (${countedOf(sql, fill.webhookNo, size)})
      insert into pending (webhook_no, env_id, event_id, subject_key)
      select ${fill.webhookNo}, ${ENV_ID}, id, subject_key from input order by n`;
  });

/** Deliveries that were made long ago. */
export const fillHistory = (sql: Sql, fill: Fill): Promise<void> =>
  inChunks(fill, async (tag, size) => {
    await sql`
      with input as materialized (${chunkOf(sql, tag, size)}),
      recorded as (${eventsOf(sql)}),
      counted as (${countedOf(sql, fill.webhookNo, size)}),
      settled as (
        insert into ledger_settled as l (webhook_no, delivered) values (${fill.webhookNo}, ${size})
        on conflict (webhook_no) do update set delivered = l.delivered + excluded.delivered
      )
      insert into attempts (webhook_no, delivery_id, attempt, outcome, status, event_id, version, started_us, ttfb_us, total_us, answer)
      select ${fill.webhookNo}, nextval(pg_get_serial_sequence('pending', 'delivery_id')), 1, 0, 200, id, 1,
             (extract(epoch from now()) * 1e6)::bigint + n, 900, 1000, 'ok'
      from input order by n`;
  });

const inChunks = async (
  { count, onChunk }: Fill,
  write: (tag: string, size: number) => Promise<void>,
): Promise<void> => {
  for (let filled = 0; filled < count;) {
    const size = Math.min(CHUNK, count - filled);
    await write(`f${process.pid}-${fills++}`, size);
    filled += size;
    onChunk?.(filled);
  }
};
