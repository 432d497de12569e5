// Retention removes what it may and nothing else, in small steps, also beside replays and other sweepers.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeTestDatabase, type TestDatabase } from '../../../../../test/support/database.ts';
import { transaction } from '../../db/transaction.ts';
import { formatMicros } from '../../lib/clock.ts';
import { OUTCOME } from '../delivery.ts';
import { readLedger } from '../ledger/read-ledger.ts';
import { ENV, makeEngine, makeStandingClock, settleAll, type Engine, type Hook } from '../log/fixtures/engine-model.ts';
import { lockEvents, queueAgain } from '../replay/sql/queue-again.ts';
import { drainDeletedWebhooks } from './drain-deleted-webhooks.ts';
import { runRetention } from './run-retention.ts';
import { sweepRetention } from './sweep-retention.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 10);

let database: TestDatabase;
let engine: Engine;
let hook: Hook;
let clock: ReturnType<typeof makeStandingClock>;

beforeAll(async () => {
  database = await makeTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

beforeEach(async () => {
  await database.sql`truncate environments, webhooks, webhook_versions, events, pending, attempts, ledger_recorded, ledger_settled, replays, idempotency_keys cascade`;
  clock = makeStandingClock(START_MS);
  engine = makeEngine(database.sql, clock);
  await engine.addEnvironment();
  hook = await engine.addHook();
});

const sweep = (limits?: { events: number; attempts: number }) =>
  sweepRetention({ sql: database.sql, clock, ...(limits ? { limits } : {}) });

const left = async () => {
  const [row] = await database.sql<{ events: number; attempts: number; pending: number }[]>`
    select (select count(*) from events) as events, (select count(*) from attempts) as attempts,
           (select count(*) from pending) as pending`;
  return row;
};

const record = async (count: number, from = 0): Promise<void> => {
  for (let index = 0; index < count; index++) await engine.record({ subject: `job/${from + index}`, sequence: 1 });
};

describe('retention', () => {
  test('removes by age and environment, in batches of any size, and leaves the ledger balanced', async () => {
    await engine.addEnvironment('long.test', 90);
    const other = await engine.addHook({}, 'long.test');
    await engine.record({ subject: 'job/x', sequence: 1, envId: 'long.test' });
    await settleAll(engine, other.no);
    await record(20);
    for (const row of await engine.pendingOf(hook.no)) await engine.settle(hook.no, row, { outcome: OUTCOME.retry });
    await settleAll(engine, hook.no, OUTCOME.givenUp);
    clock.move(10 * DAY_MS);
    await record(5, 100);
    await settleAll(engine, hook.no);

    expect(await sweep()).toMatchObject({ events: 0, attempts: 0 });
    clock.move(21 * DAY_MS);
    const before = await readLedger(database.sql, ENV);
    expect(await sweep({ events: 3, attempts: 4 })).toMatchObject({ events: 20, attempts: 40 });
    expect(await left()).toEqual({ events: 6, attempts: 6, pending: 0 });
    const ledger = await readLedger(database.sql, ENV);
    expect(ledger).toEqual(before);
    expect(ledger.total).toEqual({ recorded: 25, delivered: 5, given_up: 20, pending: 0, held: 0, balanced: true });
    expect(await sweep()).toMatchObject({ events: 0, attempts: 0 });
  });

  test('keeps what is pending or held, with its log, and what was attempted lately', async () => {
    const second = await engine.addHook();
    await record(4);
    await settleAll(engine, second.no);
    const [held, retried, late, done] = await engine.pendingOf(hook.no);
    if (retried) await engine.settle(hook.no, retried, { outcome: OUTCOME.retry });
    if (done) await engine.settle(hook.no, done, { outcome: OUTCOME.delivered });
    await database.sql`update webhooks set state = 'paused' where webhook_no = ${hook.no}`;
    clock.move(35 * DAY_MS);
    if (late) await engine.settle(hook.no, late, { outcome: OUTCOME.delivered });

    expect(await sweep({ events: 2, attempts: 100 })).toMatchObject({ events: 1, attempts: 2 });
    const kept = await database.sql<{ id: string }[]>`select event_id as id from events order by 1`;
    expect(new Set(kept.map((row) => row.id))).toEqual(new Set([held, retried, late].map((row) => row?.eventUuid)));
    expect(await left()).toMatchObject({ attempts: 5, pending: 2 });

    clock.move(31 * DAY_MS);
    expect(await sweep()).toMatchObject({ events: 1, attempts: 2 });
    await settleAll(engine, hook.no);
    clock.move(31 * DAY_MS);
    await sweep();
    expect(await left()).toEqual({ events: 0, attempts: 0, pending: 0 });
    expect((await readLedger(database.sql, ENV)).total).toMatchObject({ recorded: 8, delivered: 8, balanced: true });
  });

  test('never removes an event that is being repeated at the same moment', async () => {
    await record(3);
    await settleAll(engine, hook.no, OUTCOME.givenUp);
    clock.move(31 * DAY_MS);
    const [first] = await database.sql<{ id: string }[]>`select event_id as id from events order by 1 limit 1`;
    await transaction(database.sql, async (tx) => {
      const events = await lockEvents(tx, ENV, [first?.id ?? '']);
      // The sweep runs while the repeat is not committed: it passes over that event and does not wait.
      expect(await sweep()).toMatchObject({ events: 2, attempts: 2 });
      await queueAgain(tx, { envId: ENV, webhookNo: hook.no, events, replayNo: null, includeDelivered: true });
    });
    expect(await sweep()).toMatchObject({ events: 0 });
    expect(await left()).toEqual({ events: 1, attempts: 1, pending: 1 });

    // The other way round: what the sweep has removed is not repeated.
    const none = await transaction(database.sql, (tx) => lockEvents(tx, ENV, ['00000000-0000-7000-8000-000000000000']));
    expect(none).toEqual([]);
  });

  test('several sweepers share the work', async () => {
    await record(60);
    await settleAll(engine, hook.no);
    clock.move(31 * DAY_MS);
    const all = await Promise.all([1, 2, 3].map(() => sweep({ events: 5, attempts: 20 })));
    all.push(await sweep());
    expect(all.reduce((sum, one) => sum + one.events, 0)).toBe(60);
    expect(await left()).toEqual({ events: 0, attempts: 0, pending: 0 });
  });

  test('removes versions that no kept attempt needs, ended replays, and old idempotency keys', async () => {
    await record(1);
    await settleAll(engine, hook.no);
    await database.sql`
      insert into webhook_versions (webhook_no, version, url, created_at)
      select ${hook.no}, v, 'https://example.com/2', ${formatMicros(clock.nowMicros())} from generate_series(2, 3) v`;
    await database.sql`update webhooks set version = 3 where webhook_no = ${hook.no}`;
    await database.sql`
      insert into replays (env_id, replay_id, webhook_no, filter, state, total, until_event, created_at)
      select ${ENV}, s, ${hook.no}, '{}', s, 0, '00000000-0000-0000-0000-000000000000', ${formatMicros(clock.nowMicros())}
      from unnest(array['running', 'completed', 'cancelled', 'paused']) s`;
    for (const [key, age] of [
      ['old', 2 * DAY_MS],
      ['young', 0],
    ] as const) {
      await database.sql`insert into idempotency_keys (scope, key, fingerprint, created_at)
        values ('s', ${key}, '', ${formatMicros((START_MS + 31 * DAY_MS - age) * 1000)})`;
    }
    expect(await sweep()).toEqual({ events: 0, attempts: 0, versions: 0, replays: 0, idempotencyKeys: 0 });
    clock.move(31 * DAY_MS);
    // Version 2 was never used, version 1 was until its attempt went.
    expect(await sweep()).toEqual({ events: 1, attempts: 1, versions: 2, replays: 2, idempotencyKeys: 1 });
    expect(await database.sql`select version from webhook_versions`).toEqual([{ version: 3 }]);
    await database.sql`update webhooks set state = 'deleted', changed_at = ${formatMicros(clock.nowMicros())}`;
    expect(await sweep()).toMatchObject({ versions: 0 });
    clock.move(31 * DAY_MS);
    expect(await sweep()).toMatchObject({ versions: 1 });
    expect((await readLedger(database.sql, ENV)).deleted).toMatchObject({ recorded: 1, delivered: 1, balanced: true });
  });

  test('deliveries of a deleted webhook are withdrawn after its last POST can have ended', async () => {
    const kept = await engine.addHook();
    await record(25);
    await database.sql`update webhooks set state = 'deleted', changed_at = ${formatMicros(clock.nowMicros())} where webhook_no = ${hook.no}`;
    expect(await drainDeletedWebhooks({ sql: database.sql, clock })).toBe(0);
    clock.move(60_001);
    const drained = await Promise.all([1, 2].map(() => drainDeletedWebhooks({ sql: database.sql, clock, batch: 4 })));
    drained.push(await drainDeletedWebhooks({ sql: database.sql, clock }));
    expect(drained.reduce((sum, count) => sum + count)).toBe(25);
    const ledger = await readLedger(database.sql, ENV);
    expect(ledger.deleted).toEqual({ recorded: 25, delivered: 0, given_up: 25, pending: 0, held: 0, balanced: true });
    expect(ledger.webhooks.map((one) => [one.webhook_id, one.pending])).toEqual([[kept.id, 25]]);
    expect(ledger.total).toMatchObject({ recorded: 50, pending: 25, given_up: 25, balanced: true });
  });

  test('the loop sweeps, reports, survives an error, and stops when told', async () => {
    await record(2);
    await settleAll(engine, hook.no);
    clock.move(31 * DAY_MS);
    const stop = new AbortController();
    const reports: number[] = [];
    const errors: unknown[] = [];
    let failures = 1;
    const failing = { ...clock, nowMicros: clock.nowMicros, nowMs: () => {
      if (reports.length === 0 && failures-- === 0) throw new Error('once');
      return clock.nowMs();
    } }; // prettier-ignore
    const running = runRetention(
      {
        sql: database.sql,
        clock: failing,
        drainEveryMs: 1,
        sweepEveryMs: 1,
        onError: (error) => errors.push(error),
        onSwept: (swept) => reports.push(swept.events),
      },
      stop.signal,
    );
    await expect.poll(() => reports).toEqual([2]);
    expect(errors).toHaveLength(1);
    stop.abort();
    await running;
  });
});
