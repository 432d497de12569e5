// Explanations on the real database: each state a delivery can be in says what it waits for.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { explanationSchema } from '@bowline/contract/deliveries/schemas';
import { makeTestDatabase, type TestDatabase } from '../../../../../test/support/database.ts';
import { OUTCOME } from '../delivery.ts';
import { drainDeletedWebhooks } from '../retention/drain-deleted-webhooks.ts';
import { deliveryIdOf } from './delivery-id.ts';
import { explainDelivery } from './explain-delivery.ts';
import { ENV, makeEngine, makeStandingClock, type Engine, type Hook } from './fixtures/engine-model.ts';

let database: TestDatabase;
const clock = makeStandingClock(Date.UTC(2026, 0, 10));
let engine: Engine;
let a: Hook;

beforeAll(async () => {
  database = await makeTestDatabase();
  engine = makeEngine(database.sql, clock);
});
afterAll(() => database[Symbol.asyncDispose]());

beforeEach(async () => {
  await database.sql`truncate environments, webhooks, webhook_versions, events, pending, attempts, ledger_recorded, ledger_settled cascade`;
  await engine.addEnvironment();
  a = await engine.addHook();
});

describe('explain', () => {
  const explained = async (index: number) => {
    const rows = await database.sql<{ id: number }[]>`
      select delivery_id as id from (select delivery_id from pending where webhook_no = ${a.no}
        union select delivery_id from attempts where webhook_no = ${a.no}) d order by 1`;
    return explanationSchema.parse(await explainDelivery(database.sql, ENV, deliveryIdOf(a.no, rows[index]?.id ?? 0)));
  };

  test('each state says what it waits for', async () => {
    for (const sequence of [1, 2, 3]) await engine.record({ subject: 'job/1', sequence });
    expect(await explained(0)).toMatchObject({
      state: 'pending',
      waiting_for: 'sending',
      attempts: 0,
      retries_left: 11,
      next_attempt_at: null,
    });

    const [first] = await engine.pendingOf(a.no);
    const nextAtMs = Date.now() + 3_600_000;
    if (first) await engine.settle(a.no, first, { outcome: OUTCOME.retry, status: 503, nextAtMs });
    const waits = await explained(0);
    expect(waits).toMatchObject({ waiting_for: 'retry_time', attempts: 1, retries_left: 10, blocked_by: null });
    expect(Date.parse(waits.next_attempt_at ?? '')).toBe(nextAtMs);
    expect(waits.sentence).toMatch(/^Attempt 1 failed \(HTTP 503\); the next one is due at 2/);
    expect(waits.rule).toBe('Retry 1 of 11: 5 s ± 20 % after the failure, or later if Retry-After asks for it.');

    expect(await explained(2)).toMatchObject({
      waiting_for: 'earlier_of_subject',
      blocked_by: { delivery_id: deliveryIdOf(a.no, first?.id ?? 0), type: 'SYNC_STARTED' },
    });

    await database.sql`update webhooks set breaker = 'open', breaker_reason = '10 attempts in a row failed', probe_at = '2026-01-10T00:00:05Z'`;
    expect(await explained(0)).toMatchObject({
      state: 'held',
      waiting_for: 'breaker',
      next_attempt_at: '2026-01-10T00:00:05.000000+00:00',
      blocked_by: null,
    });
    await database.sql`update webhooks set state = 'disabled', state_reason = 'answered 410'`;
    expect(await explained(0)).toMatchObject({ state: 'held', waiting_for: 'disabled', next_attempt_at: null });
    await database.sql`update webhooks set state = 'paused', breaker = 'closed'`;
    expect((await explained(0)).sentence).toBe(
      `Held, because webhook ${a.id} is paused (answered 410); it goes out when the webhook is resumed.`,
    );

    await database.sql`update webhooks set state = 'active', policy = '{"ordering": "none"}'`;
    await database.sql`update pending set next_at = now() - interval '1 s' where webhook_no = ${a.no} and next_at is not null`;
    expect(await explained(0)).toMatchObject({ waiting_for: 'sending', attempts: 1 });
    expect(await explained(2)).toMatchObject({ waiting_for: 'sending', blocked_by: null });
  });

  test('settled ones wait for nothing', async () => {
    for (const sequence of [1, 2, 3]) await engine.record({ subject: `job/${sequence}`, sequence });
    const [one, two] = await engine.pendingOf(a.no);
    if (one) await engine.settle(a.no, one, { outcome: OUTCOME.delivered });
    if (two) await engine.settle(a.no, two, { outcome: OUTCOME.givenUp, status: null, error: 'connection refused' });
    expect(await explained(0)).toMatchObject({ state: 'delivered', waiting_for: 'nothing', retries_left: 0 });
    expect((await explained(0)).sentence).toMatch(/by the first attempt \(HTTP 200\)\.$/);
    expect((await explained(1)).sentence).toMatch(
      /after 1 attempt \(connection refused\); a retry or a replay sends it again\.$/,
    );

    await database.sql`update webhooks set state = 'deleted', changed_at = '2026-01-01' where webhook_no = ${a.no}`;
    expect(await explained(2)).toMatchObject({ state: 'pending', waiting_for: 'nothing' });
    expect(await drainDeletedWebhooks({ sql: database.sql, clock })).toBe(1);
    expect(await explained(2)).toMatchObject({ state: 'given_up', waiting_for: 'nothing', attempts: 0 });
    expect((await explained(2)).sentence).toBe('Withdrawn without a further attempt: its webhook was deleted.');
  });
});
