// Lists and details of events and deliveries, on the real database.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DeliveryQuery } from '@bowline/contract/deliveries/deliveries';
import { attemptDetailSchema, deliveryDetailSchema, deliverySchema } from '@bowline/contract/deliveries/schemas';
import { makeTestDatabase, type TestDatabase } from '../../../../../test/support/database.ts';
import { eventIdOf, newEventUuid } from '../../lib/ids.ts';
import { OUTCOME } from '../delivery.ts';
import { deliveryIdOf } from './delivery-id.ts';
import { explainDelivery } from './explain-delivery.ts';
import { ENV, makeEngine, makeStandingClock, settleAll, type Engine, type Hook } from './fixtures/engine-model.ts';
import { getAttempt } from './get-attempt.ts';
import { getDelivery } from './get-delivery.ts';
import { getEvent } from './get-event.ts';
import { listDeliveries } from './list-deliveries.ts';
import { listEvents } from './list-events.ts';

let database: TestDatabase;
const clock = makeStandingClock(Date.UTC(2026, 0, 10));
let engine: Engine;
let a: Hook;
let b: Hook;

beforeAll(async () => {
  database = await makeTestDatabase();
  engine = makeEngine(database.sql, clock);
});
afterAll(() => database[Symbol.asyncDispose]());

beforeEach(async () => {
  await database.sql`truncate environments, webhooks, webhook_versions, events, pending, attempts, ledger_recorded, ledger_settled cascade`;
  await engine.addEnvironment();
  await engine.addEnvironment('other.test');
  a = await engine.addHook();
  b = await engine.addHook();
});

type Partially = Partial<DeliveryQuery>;

const allPages = async (query: Partially, budget?: number, between?: () => Promise<unknown>) => {
  const found: string[] = [];
  let pages = 0;
  for (let cursor: string | undefined; ;) {
    const page = await listDeliveries(database.sql, ENV, { limit: 3, ...query, cursor }, budget);
    for (const one of page.data) deliverySchema.parse(one);
    found.push(...page.data.map((one) => one.delivery_id));
    pages += 1;
    if (page.next_cursor === null) return { found, pages };
    cursor = page.next_cursor;
    await between?.();
  }
};

const stateOf = async (query: Partially): Promise<number> => (await allPages(query)).found.length;

/** Ten jobs of three moves each, for two webhooks; some are settled, each in its own way. */
const makeHistory = async (): Promise<void> => {
  for (let job = 0; job < 10; job++) {
    for (const [index, type] of ['JOB_CREATED', 'SYNC_STARTED', 'SYNC_SUCCESS'].entries()) {
      clock.move(1000);
      await engine.record({
        subject: `job/${job}`,
        sequence: index + 1,
        type,
        flow: `flow${job % 2}`,
        tenant: `tenant${job % 5}`,
      });
    }
  }
  const rows = await engine.pendingOf(a.no);
  for (const [index, row] of rows.entries()) {
    if (index < 12) await engine.settle(a.no, row, { outcome: OUTCOME.delivered });
    else if (index < 15) await engine.settle(a.no, row, { outcome: OUTCOME.givenUp, status: 503 });
    else if (index < 18)
      await engine.settle(a.no, row, { outcome: OUTCOME.retry, status: null, error: 'connection refused' });
  }
};

describe('list of deliveries', () => {
  test('filters, each page by page, also when a request may look at few rows only', async () => {
    await makeHistory();
    const cases: [Partially, number][] = [
      [{}, 60],
      [{ webhook_id: a.id }, 30],
      [{ state: 'delivered' }, 12],
      [{ state: 'given_up' }, 3],
      [{ state: 'pending' }, 45],
      [{ state: 'held' }, 0],
      [{ status: '503' }, 3],
      [{ status: '2xx' }, 12],
      [{ status: 'none' }, 3],
      [{ status: '404' }, 0],
      [{ type: 'SYNC_STARTED' }, 20],
      [{ type: 'SYNC_STARTED', state: 'delivered' }, 4],
      [{ subject: 'job/5' }, 6],
      [{ subject: 'job/5', state: 'pending', webhook_id: a.id }, 3],
      [{ subject: 'job/0', state: 'delivered' }, 3],
      [{ subject: 'job/4', state: 'given_up', status: '5xx' }, 3],
      [{ subject: 'job/5', status: 'none' }, 3],
      [{ flow: 'flow1', tenant: 'tenant3' }, 6],
      [{ subscription: 'discover' }, 0],
      [{ subscription: 'job_lifecycle', tenant: 'tenant0' }, 12],
    ];
    for (const [query, count] of cases) {
      for (const budget of [undefined, 8, 1]) {
        const { found } = await allPages(query, budget);
        expect([query, budget, found.length]).toEqual([query, budget, count]);
        expect(new Set(found).size).toBe(count);
      }
    }
  });

  test('a span of time, from its first millisecond to before its last', async () => {
    await makeHistory();
    const { data } = await listEvents(database.sql, ENV, { limit: 200 });
    const [tenth, fifth] = [data.at(-10)?.recorded_at ?? '', data.at(-5)?.recorded_at ?? ''];
    expect(await stateOf({ webhook_id: a.id, since: fifth, until: tenth })).toBe(5);
    expect((await allPages({ webhook_id: a.id, since: fifth, until: tenth }, 2)).found).toHaveLength(5);
    expect(await stateOf({ since: tenth })).toBe(42);
    expect((await listEvents(database.sql, ENV, { limit: 200, since: fifth, until: tenth })).data).toHaveLength(5);
  });

  test('is sorted, and neither repeats nor leaves out while deliveries arrive and are settled', async () => {
    await makeHistory();
    const before = (await allPages({})).found;
    expect(before.map((id) => Number.parseInt(id.split('_')[2] ?? '', 36))).toEqual(
      before.map((id) => Number.parseInt(id.split('_')[2] ?? '', 36)).toSorted((x, y) => y - x),
    );
    let sequence = 0;
    const { found } = await allPages({}, undefined, async () => {
      await engine.record({ subject: 'job/later', sequence: ++sequence });
      const [oldest] = await engine.pendingOf(b.no);
      if (oldest) await engine.settle(b.no, oldest, { outcome: OUTCOME.delivered });
    });
    expect(found).toEqual(before);
  });

  test('shows what is held as held, and of other environments nothing', async () => {
    await engine.record({ subject: 'job/1', sequence: 1 });
    await database.sql`update webhooks set state = 'paused' where webhook_no = ${a.no}`;
    await database.sql`update webhooks set breaker = 'open' where webhook_no = ${b.no}`;
    expect(await stateOf({ state: 'held' })).toBe(2);
    expect(await stateOf({ state: 'pending' })).toBe(0);
    expect((await listDeliveries(database.sql, 'other.test', { limit: 9 })).data).toEqual([]);
    await expect(listDeliveries(database.sql, 'other.test', { limit: 9, webhook_id: a.id })).rejects.toMatchObject({
      code: 'not_found',
      field: 'webhook_id',
    });
    await expect(listDeliveries(database.sql, ENV, { limit: 9, cursor: 'nonsense' })).rejects.toMatchObject({
      code: 'bad_request',
      field: 'cursor',
    });
  });
});

describe('events', () => {
  test('list: filters and pages, also with a small budget', async () => {
    await makeHistory();
    const cases = [
      [{}, 30],
      [{ type: 'JOB_CREATED' }, 10],
      [{ subject: 'job/3' }, 3],
      [{ flow: 'flow0', tenant: 'tenant0' }, 3],
    ] as const;
    for (const [query, count] of cases) {
      for (const budget of [undefined, 4]) {
        const found: string[] = [];
        for (let cursor: string | undefined; ;) {
          const page = await listEvents(database.sql, ENV, { limit: 2, ...query, cursor }, budget);
          found.push(...page.data.map((event) => event.event_id));
          if (page.next_cursor === null) break;
          cursor = page.next_cursor;
        }
        expect(found).toHaveLength(count);
        expect(found).toEqual(found.toSorted().toReversed());
      }
    }
  });

  test('one, with its exact body and its deliveries, settled and pending', async () => {
    const uuid = await engine.record({ subject: 'job/1', sequence: 1 });
    await settleAll(engine, a.no);
    const event = await getEvent(database.sql, ENV, eventIdOf(uuid));
    expect(event.body).toBe(JSON.stringify({ subject: 'job/1', event_id: eventIdOf(uuid), sequence: 1 }));
    expect(event.deliveries.map((one) => [one.webhook_id, one.state])).toEqual(
      expect.arrayContaining([
        [a.id, 'delivered'],
        [b.id, 'pending'],
      ]),
    );
    for (const id of [eventIdOf(newEventUuid(0)), 'nonsense', uuid]) {
      await expect(getEvent(database.sql, ENV, id)).rejects.toMatchObject({ code: 'not_found' });
    }
    await expect(getEvent(database.sql, 'other.test', eventIdOf(uuid))).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('one delivery', () => {
  test('its attempts, and the exact request of each without the credentials', async () => {
    const hook = await engine.addHook({ headers: { Authorization: 'Bearer topsecret', 'X-Plain': 'seen' } });
    await engine.record({ subject: 'job/1', sequence: 1 });
    const [first] = await engine.pendingOf(hook.no);
    if (first) await engine.settle(hook.no, first, { outcome: OUTCOME.retry, error: 'server error' });
    await settleAll(engine, hook.no);
    const id = deliveryIdOf(hook.no, first?.id ?? 0);

    const delivery = deliveryDetailSchema.parse(await getDelivery(database.sql, ENV, id));
    expect(delivery).toMatchObject({ state: 'delivered', attempts: 2, last_status: 200, webhook_id: hook.id });
    expect(delivery.attempt_log.map((one) => [one.attempt, one.outcome, one.status])).toEqual([
      [1, 'will_retry', 500],
      [2, 'delivered', 200],
    ]);

    const rebuildRequest = rebuild;
    const attempt = attemptDetailSchema.parse(await getAttempt({ sql: database.sql, rebuildRequest }, ENV, id, 1));
    expect(attempt.request).toMatchObject({
      url: 'https://example.com/hook',
      headers: { Authorization: '********', 'X-Plain': 'seen', attempt: '1' },
    });
    expect(attempt.request?.signed).toContain(attempt.request?.body);
    expect(attempt.answer).toEqual({ status: 500, headers: 'content-type: text/plain', body: 'ok' });
    expect(attempt).toMatchObject({ first_byte_ms: 0.9, total_ms: 1.5 });

    await expect(getAttempt({ sql: database.sql, rebuildRequest }, ENV, id, 3)).rejects.toMatchObject({
      code: 'not_found',
    });
    for (const envId of ['other.test', 'none.test']) {
      await expect(getDelivery(database.sql, envId, id)).rejects.toMatchObject({ code: 'not_found' });
      await expect(getAttempt({ sql: database.sql, rebuildRequest }, envId, id, 1)).rejects.toMatchObject({
        code: 'not_found',
      });
      await expect(explainDelivery(database.sql, envId, id)).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});

const rebuild = ({
  event,
  versionRow,
  attempt,
}: {
  event: { body: string };
  versionRow: { headers: object };
  attempt: number;
}) => ({
  headers: { ...versionRow.headers, attempt: String(attempt) } as Record<string, string>,
  body: event.body,
  signed: `id.0.${event.body}`,
});
