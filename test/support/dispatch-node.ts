// A sending node inside the test's process: the real dispatcher, lanes and poster on the test's database.
import { randomBytes } from 'node:crypto';
import { connectDatabase } from '../../packages/server/src/db/connect.ts';
import { makeHints } from '../../packages/server/src/deliveries/lane/hints.ts';
import { laneOf } from '../../packages/server/src/deliveries/lane/lane-of.ts';
import type { Dispatcher } from '../../packages/server/src/deliveries/lane/dispatcher.ts';
import { runDispatch } from '../../packages/server/src/deliveries/lane/run-dispatch.ts';
import { sendingWebhook } from '../../packages/server/src/deliveries/lane/sending-webhook.ts';
import { parseAllowListOrThrow } from '../../packages/server/src/egress/allow-list.ts';
import { makePoster } from '../../packages/server/src/egress/make-poster.ts';
import type { Wake } from '../../packages/server/src/events/event.ts';
import { makeSystemClock } from '../../packages/server/src/lib/clock.ts';
import { makeSealer } from '../../packages/server/src/lib/seal.ts';
import { loadWebhooksForSending } from '../../packages/server/src/webhooks/load-for-sending.ts';
import type { TestDatabase } from './database.ts';

export const TEST_KEY = Buffer.alloc(32, 7);

export type TestNode = AsyncDisposable & {
  dispatcher: Dispatcher;
  wake: Wake;
  changed: (webhookNo: number) => void;
  errors: unknown[];
};

export const startNode = async (database: TestDatabase): Promise<TestNode> => {
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const dispatchClient = await connectDatabase({
    connection: database.connection,
    maxConnections: 1,
    applicationName: 'dispatch',
  });
  const poster = makePoster({ rules: parseAllowListOrThrow('127.0.0.1'), now: () => performance.now() });
  const sealer = makeSealer(TEST_KEY);
  const own = { dispatcher: null as Dispatcher | null };
  const isOwn = (webhookNo: number) => own.dispatcher?.state.epochs.has(laneOf(webhookNo)) === true;
  const hints = makeHints(database.sql, isOwn, onError);
  const running = await runDispatch({
    sql: database.sql,
    dispatchSql: dispatchClient.sql,
    connection: database.connection,
    nodeId: `node-${randomBytes(4).toString('hex')}`,
    roles: ['dispatch'],
    post: poster.post,
    clock: makeSystemClock(),
    random: Math.random,
    loadWebhooks: async (nos) => {
      const rows = await loadWebhooksForSending({ sql: database.sql, sealer }, nos);
      return rows.map((row) => sendingWebhook(row, poster.judge));
    },
    announceLanes: hints.lanes,
    onError,
    onHealth: () => undefined,
  });
  own.dispatcher = running.dispatcher;
  let closed: Promise<void> | null = null;
  const close = async () => {
    await running[Symbol.asyncDispose]();
    await poster.destroy();
    await dispatchClient[Symbol.asyncDispose]();
  };
  return {
    dispatcher: running.dispatcher,
    errors,
    wake: (nos) => {
      running.dispatcher.wake(nos);
      hints.wake(nos);
    },
    changed: running.dispatcher.changed,
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
};
