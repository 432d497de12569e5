import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeTestDatabase, type TestDatabase } from '../../../../../test/support/database.ts';
import { startReceiver, type TestReceiver } from '../../../../../test/support/receiver.ts';
import { startNode, type TestNode } from '../../../../../test/support/dispatch-node.ts';
import { waitUntil } from '../../../../../test/support/wait-until.ts';
import { addWebhook, recordSample, sampleEvent } from '../../../../../test/support/sample-events.ts';
import { transaction } from '../../db/transaction.ts';
import { recordEvent } from '../../events/record-event.ts';

let database: TestDatabase;
let receiver: TestReceiver;

beforeAll(async () => {
  database = await makeTestDatabase();
  await database.sql`insert into environments (env_id, name) values ('e.test', 'test')`;
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  await database.sql`delete from pending`;
  await database.sql`delete from events`;
  await database.sql`delete from attempts`;
  await database.sql`update webhooks set state = 'deleted'`;
});

const pendingCount = async (): Promise<number> => {
  const [row] = await database.sql<{ count: number }[]>`select count(*) as count from pending`;
  return row?.count ?? 0;
};
const sequencesOf = (subject: string): number[] =>
  receiver.received
    .filter((one) => one.status === 200 && one.event['job_id'] === subject)
    .map((one) => Number(one.event['sequence']));

const withNode = async (work: (node: TestNode) => Promise<void>): Promise<void> => {
  receiver = await startReceiver();
  const node = await startNode(database);
  try {
    await work(node);
  } finally {
    await node[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  }
};

describe('dispatch', () => {
  it('delivers what was recorded before it started, and what is recorded later, signed', () =>
    withNode(async (node) => {
      await addWebhook(database.sql, receiver.url);
      await recordSample(database.sql, node.wake, 'a', 1);
      await waitUntil('the first delivery', () => receiver.received.length === 1);
      await recordSample(database.sql, node.wake, 'a', 2);
      await waitUntil('the second', () => receiver.received.length === 2);
      await waitUntil('both settled', async () => (await pendingCount()) === 0);
      expect(receiver.received.map((one) => one.headers['bowline-attempt'])).toEqual(['1', '1']);
      expect(receiver.received[0]?.headers['webhook-id']).toBe(receiver.received[0]?.event['event_id']);
    }));

  it('retries, keeps the order of the subject meanwhile, and lets other subjects pass', () =>
    withNode(async (node) => {
      await addWebhook(database.sql, receiver.url, { retries: [1, 1, 1], jitter: 0 });
      let failures = 2;
      receiver.answer = ({ event }) => (event['job_id'] === 'slow' && failures-- > 0 ? 500 : 200);
      for (let sequence = 1; sequence <= 4; sequence++) await recordSample(database.sql, node.wake, 'slow', sequence);
      for (let sequence = 1; sequence <= 4; sequence++) await recordSample(database.sql, node.wake, 'quick', sequence);
      await waitUntil('the other subject', () => sequencesOf('quick').length === 4);
      expect(sequencesOf('slow')).toEqual([]);
      await waitUntil('the failing subject', () => sequencesOf('slow').length === 4);
      expect(sequencesOf('slow')).toEqual([1, 2, 3, 4]);
      expect(sequencesOf('quick')).toEqual([1, 2, 3, 4]);
      await waitUntil('all settled', async () => (await pendingCount()) === 0);
    }));

  it('gives up after the last retry and goes on with the next of the subject', () =>
    withNode(async (node) => {
      const webhookNo = await addWebhook(database.sql, receiver.url, { retries: [1], jitter: 0 });
      receiver.answer = ({ event }) => (event['sequence'] === 1 ? 422 : 200);
      await recordSample(database.sql, node.wake, 'poison', 1);
      await recordSample(database.sql, node.wake, 'poison', 2);
      await waitUntil('the second of the subject', () => sequencesOf('poison').includes(2));
      await waitUntil('all settled', async () => (await pendingCount()) === 0);
      const [ledger] =
        await database.sql`select delivered, given_up from ledger_settled where webhook_no = ${webhookNo}`;
      expect(ledger).toEqual({ delivered: 1, given_up: 1 });
    }));

  it('holds behind an open breaker without using up retries, then delivers all in order', () =>
    withNode(async (node) => {
      await addWebhook(database.sql, receiver.url, {
        breaker: { failures: 3, probe_seconds: [1] },
        retries: [1],
        jitter: 0,
      });
      let isUp = false;
      receiver.answer = () => (isUp ? 200 : 503);
      for (let sequence = 1; sequence <= 3; sequence++) {
        for (const subject of ['a', 'b', 'c', 'd', 'e']) await recordSample(database.sql, node.wake, subject, sequence);
      }
      const isOpen = async () => (await database.sql`select from webhooks where breaker = 'open'`).length === 1;
      await waitUntil('the breaker to open', isOpen);
      const probes = async () => (await database.sql`select from attempts where outcome = 3`).length;
      await waitUntil('two failed probes', async () => (await probes()) >= 2);
      isUp = true;
      await waitUntil('all delivered', async () => (await pendingCount()) === 0);
      for (const subject of ['a', 'b', 'c', 'd', 'e']) expect(sequencesOf(subject)).toEqual([1, 2, 3]);
      expect(await database.sql`select from attempts where outcome = 2`).toHaveLength(0);
      await waitUntil('the breaker to close', async () => !(await isOpen()));
    }));

  it('sends nothing while paused, and everything in order on resume', () =>
    withNode(async (node) => {
      const webhookNo = await addWebhook(database.sql, receiver.url);
      await database.sql`update webhooks set state = 'paused', changed_at = now() where webhook_no = ${webhookNo}`;
      node.changed(webhookNo);
      for (let sequence = 1; sequence <= 50; sequence++)
        await recordSample(database.sql, node.wake, `s${sequence % 5}`, sequence);
      await waitUntil('the pause to be known', () => node.state.queues.get(webhookNo)?.webhook.state === 'paused');
      expect(receiver.received).toHaveLength(0);
      await database.sql`update webhooks set state = 'active', changed_at = now() where webhook_no = ${webhookNo}`;
      node.changed(webhookNo);
      await waitUntil('all delivered', async () => (await pendingCount()) === 0);
      for (let subject = 0; subject < 5; subject++) {
        const sequences = sequencesOf(`s${subject}`);
        expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
        expect(sequences).toHaveLength(10);
      }
    }));

  // The younger transaction draws the smaller id and commits last: a reader that trusted pg_snapshot_xmax would pass it.
  it('misses no row of a transaction that commits late, whatever its xid', () =>
    withNode(async (node) => {
      await addWebhook(database.sql, receiver.url);
      const gates = { older: Promise.withResolvers<void>(), younger: Promise.withResolvers<void>() };
      const drawn = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      const older = transaction(database.sql, async (tx) => {
        await tx`select pg_current_xact_id()`;
        begun.resolve();
        await gates.older.promise;
        return (await recordEvent(tx, sampleEvent('older', 1))).webhookNos;
      });
      await begun.promise;
      const younger = transaction(database.sql, async (tx) => {
        const { webhookNos } = await recordEvent(tx, sampleEvent('younger', 1));
        drawn.resolve();
        await gates.younger.promise;
        return webhookNos;
      });
      await drawn.promise;
      gates.older.resolve();
      node.wake(await older);
      await waitUntil('the older', () => sequencesOf('older').length === 1);
      await waitUntil('its settle', async () => (await pendingCount()) === 0);
      gates.younger.resolve();
      node.wake(await younger);
      await waitUntil('the younger', () => sequencesOf('younger').length === 1);
    }));

  it('disables on 410 and holds the rest', () =>
    withNode(async (node) => {
      const webhookNo = await addWebhook(database.sql, receiver.url);
      receiver.answer = () => 410;
      await recordSample(database.sql, node.wake, 'a', 1);
      await waitUntil('disabled', async () => {
        const [row] = await database.sql`select state from webhooks where webhook_no = ${webhookNo}`;
        return row?.['state'] === 'disabled';
      });
      await recordSample(database.sql, node.wake, 'b', 1);
      expect(await pendingCount()).toBe(2);
    }));

  it('waits as long as Retry-After asks', () =>
    withNode(async (node) => {
      await addWebhook(database.sql, receiver.url, { retries: [1], jitter: 0 });
      receiver.answer = () => ({ status: 429, headers: { 'retry-after': '120' } });
      await recordSample(database.sql, node.wake, 'a', 1);
      await waitUntil('parked', async () => (await database.sql`select from pending where parked`).length === 1);
      const [row] = await database.sql`select extract(epoch from next_at - now())::int as wait from pending`;
      expect(row?.['wait']).toBeGreaterThan(110);
    }));

  it('takes over at once from a node that stops, and delivers each event once', () =>
    withNode(async (first) => {
      await addWebhook(database.sql, receiver.url);
      const second = await startNode(database);
      try {
        await waitUntil('a fair share', () => first.owned().length === 32 && second.owned().length === 32);
        for (let n = 0; n < 100; n++) await recordSample(database.sql, first.wake, `s${n}`, 1);
        await first[Symbol.asyncDispose]();
        await waitUntil('all lanes with the second', () => second.owned().length === 64);
        for (let n = 100; n < 200; n++) await recordSample(database.sql, second.wake, `s${n}`, 1);
        await waitUntil('all delivered', async () => (await pendingCount()) === 0);
        const ids = receiver.received.map((one) => one.headers['webhook-id']);
        expect(new Set(ids).size).toBe(200);
        expect(ids).toHaveLength(200);
      } finally {
        await second[Symbol.asyncDispose]();
      }
    }));
});
