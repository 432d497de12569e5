// The ledger balances at every moment, while many record, settle, repeat and sweep at once.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ledgerSchema } from '@bowline/contract/deliveries/ledger';
import { createReplay as route } from '@bowline/contract/deliveries/replays';
import { makeTestDatabase, type TestDatabase } from '../../../../../test/support/database.ts';
import { OUTCOME } from '../delivery.ts';
import { ENV, makeEngine, makeStandingClock, settleAll } from '../log/fixtures/engine-model.ts';
import { createReplay } from '../replay/create-replay.ts';
import { stepAll } from '../replay/run-replays.ts';
import { sweepRetention } from '../retention/sweep-retention.ts';
import { readLedger } from './read-ledger.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await makeTestDatabase({ maxConnections: 12 });
});
afterAll(() => database[Symbol.asyncDispose]());

test('balances whenever it is read', async () => {
  const { sql } = database;
  const clock = makeStandingClock(Date.UTC(2026, 0, 10));
  const engine = makeEngine(sql, clock);
  await engine.addEnvironment();
  const hooks = [await engine.addHook(), await engine.addHook(), await engine.addHook()];
  const writers = hooks.map(async (_, writer) => {
    for (let round = 0; round < 40; round++) await engine.record({ subject: `job/${writer}/${round}`, sequence: 1 });
  });
  const done = Promise.all(writers).then(() => true);
  const settlers = hooks.map(async (hook, index) => {
    const outcome = index === 0 ? OUTCOME.givenUp : OUTCOME.delivered;
    for (let ended = false; !ended;) {
      ended = await Promise.race([done, settleAll(engine, hook.no, outcome).then(() => false)]);
      if (index === 2)
        await sql`update webhooks set state = case when state = 'paused' then 'active' else 'paused' end where webhook_no = ${hook.no}`;
    }
  });
  const finished = Promise.all(settlers).then(() => true);
  const replays = (async () => {
    for (let ended = false; !ended; ended = await Promise.race([finished, Promise.resolve(false)])) {
      await createReplay({ sql, clock }, ENV, route.body.parse({ webhook_id: hooks[0]?.id }));
      while (await stepAll({ sql, clock, wake: () => undefined }));
      clock.move(86_400_000);
      await sweepRetention({ sql, clock });
    }
  })();
  let reads = 0;
  for (let ended = false; !ended; ended = await Promise.race([finished, Promise.resolve(false)])) {
    const ledger = ledgerSchema.parse(await readLedger(sql, ENV));
    expect(ledger.total).toMatchObject({ balanced: true });
    const { recorded, delivered, pending, held, given_up } = ledger.total;
    expect(recorded).toBe(delivered + pending + held + given_up);
    reads += 1;
  }
  await replays;
  expect(reads).toBeGreaterThan(10);
  const last = await readLedger(sql, ENV);
  expect(last.total.balanced).toBe(true);
  expect(last.webhooks.map((one) => one.recorded).slice(1)).toEqual([120, 120]);
  expect((await readLedger(sql, 'other.test')).total).toEqual({
    recorded: 0,
    delivered: 0,
    pending: 0,
    held: 0,
    given_up: 0,
    balanced: true,
  });
});
