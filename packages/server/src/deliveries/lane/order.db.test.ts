// Whatever a receiver answers, each subject arrives in order and nothing is lost: random receivers against the real
// dispatcher and database, under a clock that runs a thousand times faster.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeTestDatabase, type TestDatabase } from '../../../../../test/support/database.ts';
import { startReceiver } from '../../../../../test/support/receiver.ts';
import { addWebhook, recordSample } from '../../../../../test/support/sample-events.ts';
import { waitUntil } from '../../../../../test/support/wait-until.ts';
import { connectDatabase } from '../../db/connect.ts';
import { parseAllowListOrThrow } from '../../egress/allow-list.ts';
import { makePoster } from '../../egress/make-poster.ts';
import { makeSealer } from '../../lib/seal.ts';
import { loadWebhooksForSending } from '../../webhooks/load-for-sending.ts';
import { makeDispatcher } from './dispatcher.ts';
import { sendingWebhook } from './sending-webhook.ts';

const SPEED = 1000;
let database: TestDatabase;
let lastEpoch = 0;

beforeAll(async () => {
  database = await makeTestDatabase();
  await database.sql`insert into environments (env_id, name) values ('e.test', 'test')`;
});
afterAll(() => database[Symbol.asyncDispose]());

const fastClock = () => {
  const startedMs = Date.now();
  const began = performance.now();
  const micros = () => startedMs * 1000 + Math.floor((performance.now() - began) * 1000 * SPEED);
  const nowMs = () => Math.floor(micros() / 1000);
  return { nowMs, nowMicros: micros };
};

const startDispatcher = async () => {
  const client = await connectDatabase({
    connection: database.connection,
    maxConnections: 1,
    applicationName: 'dispatch',
  });
  const poster = makePoster({ rules: parseAllowListOrThrow('127.0.0.1'), now: () => performance.now() });
  const sealer = makeSealer(Buffer.alloc(32, 1));
  const errors: unknown[] = [];
  const dispatcher = makeDispatcher({
    sql: client.sql,
    post: poster.post,
    clock: fastClock(),
    random: Math.random,
    loadWebhooks: async (nos) => {
      const rows = await loadWebhooksForSending({ sql: database.sql, sealer }, nos);
      return rows.map((row) => sendingWebhook(row, poster.judge));
    },
    onError: (error) => errors.push(error),
    onHealth: () => undefined,
    onLaneLost: () => errors.push(new Error('a lane was lost')),
  });
  const stop = new AbortController();
  const running = dispatcher.run(stop.signal);
  const epoch = ++lastEpoch;
  await database.sql`update lanes set owner = 'test', epoch = ${epoch}`;
  dispatcher.gain(Array.from({ length: 64 }, (_, lane) => ({ lane, epoch })));
  const close = async () => {
    stop.abort();
    await running;
    await poster.destroy();
    await client[Symbol.asyncDispose]();
  };
  return { dispatcher, errors, [Symbol.asyncDispose]: close };
};

/** What the receiver answers to the n-th request, then 200 for good. */
const answers = fc.array(fc.constantFrom(200, 200, 200, 200, 500, 503, 301, 429), { maxLength: 120 });
const subjects = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 60 });
const lists = fc.constantFrom<number[]>([5, 30, 120], [5], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);

it('keeps every subject in order and loses nothing', async () => {
  await fc.assert(
    fc.asyncProperty(answers, subjects, lists, fc.boolean(), async (script, work, retries, restart) => {
      await using receiver = await startReceiver();
      let asked = 0;
      receiver.answer = () => script[asked++] ?? 200;
      const webhookNo = await addWebhook(database.sql, receiver.url, { retries });
      const run = `${webhookNo}-`;
      const counts = new Map<number, number>();
      let node = await startDispatcher();
      try {
        for (const [index, subject] of work.entries()) {
          const sequence = (counts.get(subject) ?? 0) + 1;
          counts.set(subject, sequence);
          await recordSample(database.sql, node.dispatcher.wake, run + subject, sequence);
          if (restart && index === Math.floor(work.length / 2)) {
            await node[Symbol.asyncDispose]();
            node = await startDispatcher();
          }
        }
        const left = async () => (await database.sql`select from pending where webhook_no = ${webhookNo}`).length;
        await waitUntil('everything settled', async () => (await left()) === 0);
        expect(node.errors).toEqual([]);
      } finally {
        await node[Symbol.asyncDispose]();
      }
      for (const [subject, last] of counts) {
        const seen = receiver.received
          .filter((one) => one.event['job_id'] === run + subject)
          .map((one) => Number(one.event['sequence']));
        expect(seen).toEqual(seen.toSorted((a, b) => a - b));
        expect([...new Set(seen)]).toEqual(Array.from({ length: last }, (_, index) => index + 1));
      }
      const [ledger] = await database.sql`
        select (select sum(recorded)::int from ledger_recorded where webhook_no = ${webhookNo}) as recorded,
               delivered + given_up as settled from ledger_settled where webhook_no = ${webhookNo}`;
      expect(ledger).toEqual({ recorded: work.length, settled: work.length });
      await database.sql`update webhooks set state = 'deleted' where webhook_no = ${webhookNo}`;
    }),
    { numRuns: 100 },
  );
}, 90_000);
