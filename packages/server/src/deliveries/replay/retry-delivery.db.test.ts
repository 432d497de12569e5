// Retry of one delivery on the real database: due at once, never past its subject, never twice.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeTestDatabase, type TestDatabase } from '../../../../../test/support/database.ts';
import { OUTCOME } from '../delivery.ts';
import { readLedger } from '../ledger/read-ledger.ts';
import { deliveryIdOf } from '../log/delivery-id.ts';
import { ENV, makeEngine, makeStandingClock, settleAll, type Engine, type Hook } from '../log/fixtures/engine-model.ts';
import { retryDelivery } from './retry-delivery.ts';

let database: TestDatabase;
let engine: Engine;
let hook: Hook;
let woken: number[] = [];
const wake = (webhookNos: readonly number[]): void => void woken.push(...webhookNos);

beforeAll(async () => {
  database = await makeTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

beforeEach(async () => {
  await database.sql`truncate environments, webhooks, webhook_versions, events, pending, attempts, ledger_recorded, ledger_settled cascade`;
  engine = makeEngine(database.sql, makeStandingClock(Date.UTC(2026, 0, 10)));
  woken = [];
  await engine.addEnvironment();
  hook = await engine.addHook();
});

const queuedSequences = async (): Promise<number[]> => {
  const rows = await database.sql<{ sequence: number }[]>`
    select e.sequence from pending p join events e on e.event_id = p.event_id
    where p.webhook_no = ${hook.no} order by p.delivery_id`;
  return rows.map((row) => row.sequence);
};

describe('retry', () => {
  const retry = (deliveryId: number, envId = ENV) =>
    retryDelivery({ sql: database.sql, wake }, envId, deliveryIdOf(hook.no, deliveryId));

  test('a waiting one is due now, or the one before it is', async () => {
    for (const sequence of [1, 2]) await engine.record({ subject: 'job/1', sequence });
    const [first, second] = await engine.pendingOf(hook.no);
    const [firstId, secondId] = [first?.id ?? 0, second?.id ?? 0];
    expect(await retry(firstId)).toMatchObject({ result: 'already_due' });
    const nextAtMs = Date.now() + 3_600_000;
    if (first) await engine.settle(hook.no, first, { outcome: OUTCOME.retry, nextAtMs });
    expect(await retry(secondId)).toMatchObject({
      result: 'earlier_first',
      delivery: { delivery_id: deliveryIdOf(hook.no, firstId) },
    });
    const due = await database.sql`select delivery_id from pending where next_at <= now()`;
    expect(due).toEqual([{ delivery_id: firstId }]);
    expect(await retry(firstId)).toMatchObject({ result: 'already_due' });
    await database.sql`update pending set next_at = now() + interval '1 h' where delivery_id = ${firstId}`;
    expect(await retry(firstId)).toMatchObject({
      result: 'due_now',
      delivery: { state: 'pending', attempts: 1 },
    });
    expect(woken).toEqual([hook.no, hook.no, hook.no, hook.no]);
  });

  test('a settled one is queued again, behind its subject, once', async () => {
    for (const sequence of [1, 2, 3]) await engine.record({ subject: 'job/1', sequence });
    const [first, second] = await engine.pendingOf(hook.no);
    if (first) await engine.settle(hook.no, first, { outcome: OUTCOME.givenUp });
    if (second) await engine.settle(hook.no, second, { outcome: OUTCOME.delivered });
    const answers = await Promise.allSettled([1, 2, 3].map(() => retry(first?.id ?? 0)));
    expect(answers.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    expect(answers.find((one) => one.status === 'rejected')?.reason).toMatchObject({ code: 'conflict' });
    expect(await retry(second?.id ?? 0)).toMatchObject({
      result: 'queued_again',
      delivery: { state: 'pending', attempts: 0, replay_id: null },
    });
    expect(await queuedSequences()).toEqual([3, 1, 2]);
    expect((await readLedger(database.sql, ENV)).total.balanced).toBe(true);
    expect((await readLedger(database.sql, ENV)).total).toMatchObject({
      recorded: 5,
      delivered: 1,
      given_up: 1,
      pending: 3,
    });
  });

  test('none of another environment, of nothing, or of a deleted webhook', async () => {
    await engine.record({ subject: 'job/1', sequence: 1 });
    const [first] = await engine.pendingOf(hook.no);
    await expect(retry(first?.id ?? 0, 'other.test')).rejects.toMatchObject({ code: 'not_found' });
    await expect(retry(999_999)).rejects.toMatchObject({ code: 'not_found' });
    await settleAll(engine, hook.no);
    await database.sql`update webhooks set state = 'deleted'`;
    await expect(retry(first?.id ?? 0)).rejects.toMatchObject({ code: 'conflict' });
  });
});
