// Lists stay cheap when the log is long: what each request reads is counted by PostgreSQL itself, not timed.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTestDatabase, type TestDatabase } from '../../../../../test/support/database.ts';
import { stepReplay } from '../replay/step-replay.ts';
import { ENV, makeEngine, makeStandingClock, type Hook } from './fixtures/engine-model.ts';
import { deliveryIdOf } from './delivery-id.ts';
import { explainDelivery } from './explain-delivery.ts';
import { getDelivery } from './get-delivery.ts';
import { listDeliveries } from './list-deliveries.ts';
import { listEvents } from './list-events.ts';

const EVENTS = 200_000;
const BUDGET = 5_000;

let database: TestDatabase;
let busy: Hook;
let quiet: Hook;
const clock = makeStandingClock(Date.UTC(2026, 0, 10));

beforeAll(async () => {
  // One connection, so that its statistics can be asked for.
  database = await makeTestDatabase({ maxConnections: 1 });
  const { sql } = database;
  const engine = makeEngine(sql, clock);
  await engine.addEnvironment();
  busy = await engine.addHook();
  quiet = await engine.addHook();
  await sql`
    insert into events (env_id, event_id, subscription, type, subject, subject_key, sequence, flow_id, tenant, body, recorded_at)
    select ${ENV}, (lpad(to_hex(1760000000000 + n), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid, 'job_lifecycle',
           case when n % 50000 = 0 then 'RARE' else 'SYNC_STARTED' end, 'job/' || n / 4, n / 4, n % 4 + 1, 'flow', 'tenant', '{}',
           to_timestamp((1760000000000 + n) / 1e3)
    from generate_series(1, ${EVENTS}::integer) n`;
  await sql`
    insert into attempts (webhook_no, delivery_id, attempt, outcome, status, event_id, version, started_us, total_us)
    select case when n % 100 = 0 then ${quiet.no}::integer else ${busy.no}::integer end, n, 1,
           case when n % 40000 = 0 then 2 else 0 end, 200,
           (lpad(to_hex(1760000000000 + n), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid, 1,
           (1760000000000 + n) * 1000, 900
    from generate_series(1, ${EVENTS}::integer) n`;
  await sql`create index if not exists attempts_given_up on attempts (webhook_no, delivery_id) where outcome in (2, 4)`;
  await sql`vacuum analyze events, attempts`;
});
afterAll(() => database[Symbol.asyncDispose]());

const reads = async (): Promise<{ whole: number; rows: number }> => {
  await database.sql`select pg_stat_force_next_flush()`;
  const [row] = await database.sql<{ whole: number; rows: number }[]>`
    select sum(seq_tup_read)::bigint as whole, sum(idx_tup_fetch)::bigint as rows from pg_stat_user_tables
    where relname in ('events', 'attempts')`;
  return row ?? { whole: -1, rows: -1 };
};

/** Repeated, because PostgreSQL turns to a general plan after a few executions. */
const costOf = async (request: () => Promise<unknown>): Promise<{ whole: number; rows: number }> => {
  let worst = { whole: 0, rows: 0 };
  for (let time = 0; time < 7; time++) {
    const before = await reads();
    await request();
    const after = await reads();
    worst = {
      whole: Math.max(worst.whole, after.whole - before.whole),
      rows: Math.max(worst.rows, after.rows - before.rows),
    };
  }
  return worst;
};

test('a read of everything is seen', async () => {
  expect((await costOf(() => database.sql`select count(*) from attempts where error is null`)).whole).toBe(EVENTS);
});

const list = (query: object) => () => listDeliveries(database.sql, ENV, { limit: 50, ...query }, BUDGET);
const middle = new Date(1_760_000_000_000 + EVENTS / 2).toISOString();

test.each<[string, () => () => Promise<unknown>, number]>([
  ['all deliveries', () => list({}), 1_000],
  ['of the busy webhook', () => list({ webhook_id: busy.id }), 1_000],
  ['of the quiet webhook', () => list({ webhook_id: quiet.id, state: 'delivered' }), 1_000],
  ['given up', () => list({ state: 'given_up' }), 1_000],
  ['of a subject', () => list({ subject: 'job/17' }), 1_000],
  ['of a rare type', () => list({ type: 'RARE' }), 6 * BUDGET],
  ['of a status that never was', () => list({ status: '404' }), 6 * BUDGET],
  ['since', () => list({ since: middle }), 1_000],
  ['until', () => list({ until: middle }), 6 * BUDGET],
  ['events', () => () => listEvents(database.sql, ENV, { limit: 50 }, BUDGET), 1_000],
  ['events of a rare type', () => () => listEvents(database.sql, ENV, { limit: 50, type: 'RARE' }, BUDGET), 6 * BUDGET],
  ['events of a subject', () => () => listEvents(database.sql, ENV, { limit: 50, subject: 'job/9' }, BUDGET), 1_000],
  ['one delivery', () => () => getDelivery(database.sql, ENV, deliveryIdOf(busy.no, 77)), 100],
  ['its explanation', () => () => explainDelivery(database.sql, ENV, deliveryIdOf(busy.no, 77)), 100],
])('%s', async (_, request, most) => {
  const cost = await costOf(request());
  expect(cost.whole).toBe(0);
  expect(cost.rows).toBeLessThan(most);
});

test('every page of a rare match is reached', async () => {
  for (const [query, count] of [
    [{ type: 'RARE' }, 4],
    [{ state: 'given_up' }, 5],
    [{ until: new Date(1_760_000_000_006).toISOString() }, 5],
  ] as const) {
    let found = 0;
    for (let cursor: string | undefined; ;) {
      const page = await listDeliveries(database.sql, ENV, { limit: 50, ...query, cursor }, BUDGET);
      found += page.data.length;
      if (page.next_cursor === null) break;
      cursor = page.next_cursor;
    }
    expect([query, found]).toEqual([query, count]);
  }
});

test('a step of a replay', async () => {
  await database.sql`
    insert into replays (env_id, replay_id, webhook_no, filter, state, total, until_event, created_at)
    values (${ENV}, 'rp', ${busy.no}, '{"state": "given_up"}', 'running', 5, 'ffffffff-ffff-ffff-ffff-ffffffffffff', '2026-01-10')`;
  const [replay] = await database.sql<{ no: number }[]>`select replay_no as no from replays`;
  let last: { state: string } = { state: '' };
  const cost = await costOf(async () => {
    last = await stepReplay(
      { sql: database.sql, clock, limits: { batch: 500, window: 2_000, backlog: 5_000 } },
      replay?.no ?? 0,
    );
  });
  expect(last.state).toBe('stepped');
  expect(cost.whole).toBe(0);
  expect(cost.rows).toBeLessThan(3 * 2_000);
});
