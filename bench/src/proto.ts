import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { DEFAULT_POLICY } from '@bowline/contract/webhook-policy';
import { makeSigner } from '@bowline/receiver/sign';
import { startEmbedded } from '../../packages/server/src/db/embedded/start-embedded.ts';
import { connectDatabase } from '../../packages/server/src/db/connect.ts';
import { migrate } from '../../packages/server/src/db/migrate.ts';
import { makePoster } from '../../packages/server/src/egress/make-poster.ts';
import { parseAllowListOrThrow } from '../../packages/server/src/egress/allow-list.ts';
import { makeSystemClock } from '../../packages/server/src/lib/clock.ts';
import { newEventUuid } from '../../packages/server/src/lib/ids.ts';
import { makeDispatcher } from '../../packages/server/src/deliveries/lane/dispatcher.ts';
import { fixedHeadersOf, buildHeaders } from '../../packages/server/src/deliveries/attempt/build-request.ts';

import { readdirSync, readFileSync } from 'node:fs';
const pgCpu = () => {
  let t = 0;
  for (const d of readdirSync('/proc')) {
    if (!/^\d+$/.test(d)) continue;
    try {
      const st = readFileSync(`/proc/${d}/stat`, 'utf8');
      if (
        st.includes('(postgres)') &&
        readFileSync(`/proc/${d}/cmdline`, 'utf8').match(/dispatch|checkpointer|walwriter|background|proto/)
      ) {
        const f = st.slice(st.lastIndexOf(')') + 2).split(' ');
        t += Number(f[11]) + Number(f[12]);
      }
    } catch {}
  }
  return t * 10000;
};
const N = Number(process.argv[2] ?? 50000);
const receiver = fork(new URL('./receiver-main.ts', import.meta.url));
const [{ port }] = (await once(receiver, 'message')) as [{ port: number }];
const poster = makePoster({ rules: parseAllowListOrThrow('127.0.0.1'), now: () => performance.now() });
const clock = makeSystemClock();
const target = poster.judge(`http://127.0.0.1:${port}/hook`);
if (!target.ok) throw new Error(target.reason);
const shape = {
  fixedHeaders: fixedHeadersOf({}),
  current: makeSigner('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'),
  next: null,
  nextAtMs: null,
};
const body = JSON.stringify({ job_id: 'abc', pad: 'x'.repeat(420) });

const limit = async (n: number) => {
  const started = performance.now();
  await new Promise<void>((resolve) => {
    let sent = 0,
      done = 0;
    const next = () => {
      if (sent >= n) return;
      sent += 1;
      const headers = buildHeaders(shape, {
        eventUuid: newEventUuid(Date.now()),
        type: 'SYNC_STARTED',
        body,
        traceparent: null,
        attempt: 1,
        startedMs: Date.now(),
      });
      poster.post({ target: target.target, headers, body, limits: { totalMs: 15000 } }, () => {
        done += 1;
        if (done === n) resolve();
        else next();
      });
    };
    for (let i = 0; i < 64; i++) next();
  });
  return n / ((performance.now() - started) / 1000);
};
if (!process.env.NOLIMIT) console.log('limit', Math.round(await limit(30000)), Math.round(await limit(N)));

const dir = await mkdtemp('/tmp/bowline-proto-');
await using pg = await startEmbedded({ dataDir: dir });
{
  await using database = await connectDatabase({ connection: pg.connection, maxConnections: 4, applicationName: 'x' });
  const sql = database.sql;
  await migrate(sql);
  await sql`insert into environments (env_id, name) values ('e.bench', 'x')`;
  const [{ no }] =
    (await sql`insert into webhooks (env_id, webhook_id, subscription, url) values ('e.bench', 'wh_1', 'job_lifecycle', 'http://x') returning webhook_no as no`) as unknown as [
      { no: number },
    ];
  const load = async (n: number) => {
    for (let at = 0; at < n; at += 5000) {
      const ids = Array.from({ length: 5000 }, () => newEventUuid(Date.now()));
      await sql`with e as (insert into events select 'e.bench', i.id::uuid, 'job_lifecycle', 'SYNC_STARTED', 'job/' || i.id, abs(hashtextextended(i.id, 0) % 1000000000000), 1, 'f', 't', '{}', null, ${body}, now() from unnest(${ids}::text[]) with ordinality as i(id, n) returning event_id, subject_key) insert into pending (webhook_no, env_id, event_id, subject_key) select ${no}, 'e.bench', event_id, subject_key from e`;
    }
  };
  await using one = await connectDatabase({
    connection: pg.connection,
    maxConnections: 1,
    applicationName: 'dispatch',
  });
  const dispatcher = makeDispatcher({
    sql: one.sql,
    post: poster.post,
    clock,
    random: Math.random,
    loadWebhooks: async (nos) =>
      nos.map((webhookNo) => ({
        webhook: {
          webhookNo,
          envId: 'e.bench',
          version: 1,
          state: 'active' as const,
          policy: DEFAULT_POLICY,
          shape,
          target: { ok: true as const, target: target.target },
        },
        breaker: { open: false, reason: null, probeAtMs: 0, probes: 0 },
        failingSinceMs: null,
      })),
    onError: (error) => console.error(error),
    onHealth: () => undefined,
    onLaneLost: () => console.error('lane lost'),
  });
  const stop = new AbortController();
  const running = dispatcher.run(stop.signal);
  for (let round = 0; round < 4; round++) {
    await load(N);
    if (round === 0) {
      await sql`vacuum analyze`;
      await sql`update lanes set owner='x', epoch=1`;
      dispatcher.gain(Array.from({ length: 64 }, (_, lane) => ({ lane, epoch: 1 })));
    }
    const before = dispatcher.state.settled;
    const cpu = process.cpuUsage();
    const pg0 = pgCpu();
    const started = performance.now();
    dispatcher.wake([no]);
    const target2 = N * (round + 1);
    while (dispatcher.state.settled < target2) await new Promise((r) => setTimeout(r, 20));
    const s = (performance.now() - started) / 1000;
    const used = process.cpuUsage(cpu);
    console.log(
      'round',
      round,
      Math.round(N / s),
      '/s',
      'node cpu us/delivery',
      (used.user + used.system) / N,
      'user',
      used.user / N,
      'pg',
      (pgCpu() - pg0) / N,
    );
  }
  if (!process.env.NOLIMIT) console.log('limit again', Math.round(await limit(N)));
  console.log(await sql`select count(*) from pending`, await sql`select * from ledger_settled`);
  stop.abort();
  await running;
}
receiver.disconnect();
await poster.destroy();
