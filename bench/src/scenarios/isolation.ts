// `isolation`: 100 webhooks, 20 of which accept connections and never answer. What do the other 80 notice?
import { pauseWebhook, resumeWebhook } from '@bowline/contract/management/webhook-actions';
import { checkLedger } from '../lab/check-ledger.ts';
import { makeMeter } from '../lab/meter.ts';
import { openSite, type Site } from '../lab/open-site.ts';
import { quietRounds, type Watch } from '../lab/quiet-rounds.ts';
import { paceMoves } from '../lab/pace-moves.ts';
import { startCaller, startReceiver, startSilent } from '../lab/start-receiver.ts';
import { addWebhook, ENV_ID, type BenchWebhook } from '../lab/world.ts';
import { median, rounded, spreadOf } from '../report/numbers.ts';
import type { Bench, Scenario, ScenarioResult } from '../report/scenario.ts';

const ISOLATION_BAR = 1.5;
const HEALTHY = 80;
const DEAD = 20;
/** Moves per second of each webhook. */
const RATE_EACH = 4;
/** Half of the dead are given up on soon, so that also timeouts, retries, breakers and probes fall into the measured time. */
const IMPATIENT = { timeout_seconds: 1, breaker: { probe_seconds: [2] }, retries: [1, 2, 4, 8, 16, 32] };

type Phase = { p99: number; p50: number };
type Pair = { without: Phase; with: Phase };

const run = async (bench: Bench): Promise<ScenarioResult> => {
  const { quick, say, stack } = bench;
  const [seconds, wanted] = quick ? [5, 3] : [10, 7];
  const site = await openSite(bench);
  const { lab, database, node } = site;
  const receiver = stack.use(await startReceiver('times'));
  const silent = stack.use(await startSilent(DEAD));
  const [caller, other] = [stack.use(await startCaller()), stack.use(await startCaller())];
  const { healthy, standIns, dead } = await addWebhooks(site, receiver.hook, silent.ready.ports);
  const meter = makeMeter({ node: node.pid, postgres: lab.postmasterPid, receiver: receiver.pid }, database);
  let recorded = 0;
  let arrived = 0;

  const phase = async (tag: string, withDead: boolean): Promise<Phase> => {
    await setDead(site, dead, withDead);
    const others = withDead ? dead : standIns;
    const toOthers = offerToOthers(other, site, others, tag, seconds);
    const tenants = healthy.map((webhook) => webhook.tenant);
    const result = await paceMoves({ caller, site, receiver }, { rate: HEALTHY * RATE_EACH, seconds, tag, tenants });
    const offered = await toOthers;
    arrived += result.accepted + (withDead ? 0 : offered);
    recorded += result.accepted + offered;
    const { p50, p99 } = spreadOf(result.fromAnswer);
    return { p50, p99 };
  };

  say('warming up');
  await phase('warm', false);
  const round = async (number: number, watch: Watch): Promise<Pair> => {
    const without = await watch(() => phase(`without-${number}`, false));
    let beside: Phase = without;
    await meter.measure(async () => {
      const before = recorded;
      beside = await watch(() => phase(`with-${number}`, true));
      return recorded - before;
    });
    return { without, with: beside };
  };
  const tell = (pair: Pair) =>
    `p99 of the healthy ${pair.without.p99} ms without the dead, ${pair.with.p99} ms with them`;
  const { results, ...noise } = await quietRounds(bench, { wanted, postmasterPid: lab.postmasterPid, round, tell });
  const { ledgerBalanced, ledger } = await checkLedger(node.client, { recorded, arrived });
  const value = median(results.map((one) => one.with.p99));
  const limit = median(results.map((one) => one.without.p99));
  return {
    name: 'isolation',
    pass: ledgerBalanced && value <= ISOLATION_BAR * limit,
    value: rounded(value),
    bar: rounded(ISOLATION_BAR * limit),
    unit: 'ms (p99 of the healthy)',
    limit: rounded(limit),
    ratioToLimit: rounded(value / limit, 2),
    ledgerBalanced,
    ...meter.result(),
    details: { rounds: results, ...noise, connectionsHeldByTheDead: await silent.call<number>('accepted'), ledger },
  };
};

const addWebhooks = async ({ node, database }: Site, hook: string, deadPorts: readonly number[]) => {
  const healthy: BenchWebhook[] = [];
  const standIns: BenchWebhook[] = [];
  const dead: BenchWebhook[] = [];
  for (let at = 0; at < HEALTHY; at++) {
    healthy.push(await addWebhook(node.client, database.sql, { url: hook, tenant: `healthy-${at}` }));
  }
  for (const [at, port] of deadPorts.entries()) {
    const wanted = { url: `http://127.0.0.1:${port}/hook`, tenant: `dead-${at}` };
    const policy = at % 2 === 0 ? { policy: IMPATIENT } : {};
    dead.push(await addWebhook(node.client, database.sql, { ...wanted, ...policy }));
  }
  for (let at = 0; at < DEAD; at++) {
    standIns.push(await addWebhook(node.client, database.sql, { url: hook, tenant: `stand-in-${at}` }));
  }
  return { healthy, standIns, dead };
};

/** Without: their deliveries are held, and as many healthy webhooks stand in for them. */
const setDead = async ({ node }: Site, dead: readonly BenchWebhook[], active: boolean): Promise<void> => {
  for (const { webhookId } of dead) {
    await node.client.call(active ? resumeWebhook : pauseWebhook, {
      params: { env_id: ENV_ID, webhook_id: webhookId },
    });
  }
};

const offerToOthers = async (
  caller: Awaited<ReturnType<typeof startCaller>>,
  { node, keys }: Site,
  others: readonly BenchWebhook[],
  tag: string,
  seconds: number,
): Promise<number> => {
  const target = {
    url: node.url,
    key: keys.admin,
    envId: ENV_ID,
    flowId: 'bench',
    tenants: others.map((one) => one.tenant),
  };
  const moves = await caller.call<{ keys: string[] }>('open', {
    ...target,
    tag: `other-${tag}`,
    rate: DEAD * RATE_EACH,
    seconds,
  });
  return moves.keys.length;
};

export const isolation: Scenario = { name: 'isolation', about: '100 webhooks, 20 of which never answer', run };
