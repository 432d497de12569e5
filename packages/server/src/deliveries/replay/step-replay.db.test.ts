// Replays on the real database: what is counted is what is queued, once, in order, across stops.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createReplay as route, replaySchema, type NewReplay } from '@bowline/contract/deliveries/replays';
import { makeTestDatabase, type TestDatabase } from '../../../../../test/support/database.ts';
import { transaction } from '../../db/transaction.ts';
import { newEventUuid } from '../../lib/ids.ts';
import { OUTCOME } from '../delivery.ts';
import { readLedger } from '../ledger/read-ledger.ts';
import { ENV, makeEngine, makeStandingClock, settleAll, type Engine, type Hook } from '../log/fixtures/engine-model.ts';
import { createReplay } from './create-replay.ts';
import { getReplay, listReplays } from './get-replays.ts';
import { moveReplay } from './move-replay.ts';
import { runReplays, stepAll } from './run-replays.ts';
import type { StepLimits } from './step-replay.ts';

type Input = Partial<Omit<NewReplay, 'filter'>> & { filter?: object };

let database: TestDatabase;
let engine: Engine;
let hook: Hook;
let clock: ReturnType<typeof makeStandingClock>;
let woken: number[] = [];
const wake = (webhookNos: readonly number[]): void => void woken.push(...webhookNos);

beforeAll(async () => {
  database = await makeTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

beforeEach(async () => {
  await database.sql`truncate environments, webhooks, webhook_versions, events, pending, attempts, ledger_recorded, ledger_settled, replays cascade`;
  clock = makeStandingClock(Date.UTC(2026, 0, 10));
  engine = makeEngine(database.sql, clock);
  woken = [];
  await engine.addEnvironment();
  hook = await engine.addHook();
});

const start = (input: Input = {}) =>
  createReplay({ sql: database.sql, clock }, ENV, route.body.parse({ webhook_id: hook.id, ...input }));

const step = (limits: Partial<StepLimits> = {}) =>
  stepAll({ sql: database.sql, clock, wake, limits: { batch: 500, window: 5000, backlog: 5000, ...limits } });

const untilDone = async (limits?: Partial<StepLimits>): Promise<number> => {
  let steps = 0;
  while (await step(limits)) steps += 1;
  return steps;
};

const queued = () => database.sql<{ subject: string; sequence: number; replayNo: number | null }[]>`
  select e.subject, e.sequence, p.replay_no as "replayNo" from pending p join events e on e.event_id = p.event_id
  where p.webhook_no = ${hook.no} order by p.delivery_id`;

/** Thirty jobs of three moves; of each job the first is delivered, the others given up. */
const makeGivenUp = async (jobs = 30): Promise<void> => {
  for (let sequence = 1; sequence <= 3; sequence++) {
    for (let job = 0; job < jobs; job++) {
      clock.move(10);
      await engine.record({ subject: `job/${job}`, sequence, tenant: `tenant${job % 3}` });
    }
  }
  for (const [index, row] of (await engine.pendingOf(hook.no)).entries()) {
    await engine.settle(hook.no, row, { outcome: index < jobs ? OUTCOME.delivered : OUTCOME.givenUp });
  }
};

const expectBalance = async (): Promise<void> => {
  expect((await readLedger(database.sql, ENV)).total.balanced).toBe(true);
};

describe('replay', () => {
  test('queues what the dry run counted, in order, and shows its progress', async () => {
    await makeGivenUp();
    const cases: [Input, number][] = [
      [{}, 60],
      [{ filter: { tenant: 'tenant1' } }, 20],
      [{ filter: { subject: 'job/7', state: 'any' } }, 2],
      [{ filter: { subject: 'job/7', state: 'any' }, include_delivered: true }, 3],
      [{ filter: { type: 'none' } }, 0],
    ];
    for (const [input, count] of cases) {
      expect(await start({ ...input, dry_run: true })).toEqual({ dry_run: true, total: count, replay: null });
      expect(await queued()).toHaveLength(0);
      const { total, replay } = await start(input);
      expect(total).toBe(count);
      await untilDone({ batch: 7, window: 11 });
      const rows = await queued();
      expect(rows).toHaveLength(count);
      const last = new Map<string, number>();
      for (const row of rows) {
        expect(row.sequence).toBeGreaterThan(last.get(row.subject) ?? 0);
        last.set(row.subject, row.sequence);
      }
      await expectBalance();
      for (const row of await engine.pendingOf(hook.no))
        await engine.settle(hook.no, row, { outcome: OUTCOME.givenUp });
      const done = replaySchema.parse(await getReplay(database.sql, ENV, replay?.replay_id ?? ''));
      expect(done).toMatchObject({
        state: 'completed',
        progress: { total: count, queued: count, skipped: 0, given_up: count, delivered: 0, pending: 0, percent: 100 },
      });
    }
    expect(woken).toContain(hook.no);
    await expectBalance();
  });

  test('keeps a subject in order though ids of one millisecond and of other clocks are not', async () => {
    const at = clock.nowMs();
    // Of each pair of nodes one clock is two seconds ahead, so later moves have smaller ids.
    for (let sequence = 1; sequence <= 6; sequence++) {
      for (let job = 0; job < 5; job++) {
        await engine.record({ subject: `job/${job}`, sequence, uuid: newEventUuid(at + (sequence % 2) * 2000) });
      }
    }
    clock.move(5000);
    await settleAll(engine, hook.no, OUTCOME.givenUp);
    const { total, replay } = await start();
    await untilDone({ batch: 2, window: 3 });
    const rows = await queued();
    expect(rows).toHaveLength(total);
    for (let job = 0; job < 5; job++) {
      expect(rows.filter((row) => row.subject === `job/${job}`).map((row) => row.sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    }
    expect(await getReplay(database.sql, ENV, replay?.replay_id ?? '')).toMatchObject({
      progress: { queued: 30, skipped: 0 },
    });
  });

  test('what succeeded or waits meanwhile is passed over, and nothing is queued twice', async () => {
    await makeGivenUp();
    const first = await start();
    await step({ batch: 10 });
    const { total: rest } = await start({ dry_run: true });
    expect(rest).toBe(50);
    const second = await start();
    await untilDone({ batch: 10 });
    expect(await queued()).toHaveLength(60);
    const shown = await Promise.all(
      [first, second].map((one) => getReplay(database.sql, ENV, one.replay?.replay_id ?? '')),
    );
    expect(shown.map((one) => one.progress.queued).reduce((sum, count) => sum + count)).toBe(60);
    expect(shown.every((one) => one.progress.queued + one.progress.skipped >= one.progress.total)).toBe(true);
    await settleAll(engine, hook.no);
    expect((await start({ filter: { state: 'any' }, dry_run: true })).total).toBe(0);
    expect((await start({ filter: { state: 'any' }, include_delivered: true, dry_run: true })).total).toBe(90);
    await expectBalance();
  });

  test('several nodes at once, one of them stopped in the middle of a step, queue each event once', async () => {
    await makeGivenUp();
    const { replay } = await start();
    // A node dies with its transaction open: nothing of it stays.
    await expect(
      transaction(database.sql, async (tx) => {
        await tx`update replays set cursor_event = until_event, queued = 60`;
        throw new Error('killed');
      }),
    ).rejects.toThrow('killed');
    const limits = { batch: 3, window: 8, backlog: 5000 };
    const nodes = [1, 2, 3].map(() => new AbortController());
    const errors: unknown[] = [];
    const running = nodes.map((node) =>
      runReplays(
        { sql: database.sql, clock, wake, limits, pollMs: 1, onError: (error) => errors.push(error) },
        node.signal,
      ),
    );
    await expect
      .poll(async () => (await getReplay(database.sql, ENV, replay?.replay_id ?? '')).progress.queued)
      .toBeGreaterThan(10);
    nodes[0]?.abort();
    await expect
      .poll(async () => (await getReplay(database.sql, ENV, replay?.replay_id ?? '')).state)
      .toBe('completed');
    for (const node of nodes) node.abort();
    await Promise.all(running);
    expect(errors).toEqual([]);
    expect(await queued()).toHaveLength(60);
    expect(new Set((await queued()).map((row) => `${row.subject} ${row.sequence}`)).size).toBe(60);
    await expectBalance();
  });

  test('pause, resume and cancel', async () => {
    await makeGivenUp();
    const { replay } = await start();
    const id = replay?.replay_id ?? '';
    const deps = { sql: database.sql, clock };
    await step({ batch: 10 });
    expect(await moveReplay(deps, ENV, id, 'pause')).toMatchObject({ state: 'paused', progress: { queued: 10 } });
    expect(await untilDone()).toBe(0);
    expect(await moveReplay(deps, ENV, id, 'pause')).toMatchObject({ state: 'paused' });
    await moveReplay(deps, ENV, id, 'resume');
    await step({ batch: 10 });
    expect(await moveReplay(deps, ENV, id, 'cancel')).toMatchObject({
      state: 'cancelled',
      progress: { queued: 20, pending: 20, percent: 0 },
    });
    expect(await untilDone()).toBe(0);
    await expect(moveReplay(deps, ENV, id, 'resume')).rejects.toMatchObject({ code: 'conflict' });
    await expect(moveReplay(deps, ENV, 'rp_none', 'pause')).rejects.toMatchObject({ code: 'not_found' });
    await expect(moveReplay(deps, 'other.test', id, 'pause')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('its own rate, kept over a restart, and no burst after a pause', async () => {
    await makeGivenUp();
    const { replay } = await start({ rate_per_second: 5 });
    const id = replay?.replay_id ?? '';
    const counts: number[] = [];
    for (let tick = 0; tick < 20; tick++) {
      clock.move(100);
      await untilDone();
      counts.push((await getReplay(database.sql, ENV, id)).progress.queued);
    }
    expect(counts).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10]);
    await moveReplay({ sql: database.sql, clock }, ENV, id, 'pause');
    clock.move(60_000);
    await moveReplay({ sql: database.sql, clock }, ENV, id, 'resume');
    await untilDone();
    expect((await getReplay(database.sql, ENV, id)).progress.queued).toBe(10);
    clock.move(60_000);
    await untilDone();
    expect((await getReplay(database.sql, ENV, id)).progress.queued).toBe(15);
  });

  test('waits while the webhook has enough to do, and ends with a deleted one', async () => {
    await makeGivenUp();
    const { replay } = await start();
    await untilDone({ backlog: 25 });
    expect(await queued()).toHaveLength(25);
    await settleAll(engine, hook.no);
    await untilDone({ backlog: 25 });
    expect(await queued()).toHaveLength(25);
    await database.sql`update webhooks set state = 'deleted'`;
    await untilDone({ backlog: 25 });
    expect(await getReplay(database.sql, ENV, replay?.replay_id ?? '')).toMatchObject({
      state: 'cancelled',
      progress: { queued: 50 },
    });
  });

  test('lists by pages; refuses what makes no sense', async () => {
    for (let index = 0; index < 5; index++) await start();
    const page = await listReplays(database.sql, ENV, { limit: 3 });
    const rest = await listReplays(database.sql, ENV, { limit: 3, cursor: page.next_cursor ?? '' });
    expect([...page.data, ...rest.data].map((one) => one.state)).toEqual(Array.from({ length: 5 }, () => 'completed'));
    expect(new Set([...page.data, ...rest.data].map((one) => one.replay_id)).size).toBe(5);
    expect(rest.next_cursor).toBeNull();
    await expect(start({ webhook_id: 'wh_none' })).rejects.toMatchObject({ code: 'not_found', field: 'webhook_id' });
    await expect(
      start({ filter: { since: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z' } }),
    ).rejects.toMatchObject({ field: 'filter.until' });
    expect(() => route.body.parse({ webhook_id: 'w', filter: { state: 'delivered' } })).toThrow(
      /include_delivered|must be true/,
    );
    expect(() => route.body.parse({ webhook_id: 'w', rate_per_second: 0 })).toThrow();
    expect(() => route.body.parse({ webhook_id: 'w', filter: { sinse: 'x' } })).toThrow();
  });
});
