// `backlog`: a receiver is dead while its deliveries pile up. What does that cost the node and the others, and how fast
// does it drain when the receiver is back?
import { checkLedger } from '../lab/check-ledger.ts';
import { countDelivered, untilDelivered } from '../lab/drain.ts';
import { fillPending } from '../lab/fill.ts';
import { limitRound, type LimitRound } from '../lab/limit-round.ts';
import { makeMeter } from '../lab/meter.ts';
import { settleDown, type LabDatabase } from '../lab/open-lab.ts';
import { openSite, type Site } from '../lab/open-site.ts';
import { paceMoves } from '../lab/pace-moves.ts';
import { residentMiB } from '../lab/process-tree.ts';
import { startCaller, startReceiver, startSender } from '../lab/start-receiver.ts';
import { waitUntil } from '../lab/wait-until.ts';
import { addWebhook, type BenchWebhook } from '../lab/world.ts';
import { median, perSecond, rounded, spreadOf, type Spread } from '../report/numbers.ts';
import type { Bench, Scenario, ScenarioResult } from '../report/scenario.ts';
import { LATENCY_BAR_MS } from './latency.ts';
import { THROUGHPUT_BAR } from './throughput.ts';

const DRAIN_BAR = 0.8 * THROUGHPUT_BAR;
const MEMORY_BAR_MIB = 300;
const RATE = 200;
/** Its return is noticed within a second and what had failed is due soon, so that the drain is measured and not the wait. */
const SOON = { breaker: { probe_seconds: [1] }, retries: [1, 2, 3, 3, 3, 3] };

type Backlog = {
  site: Site;
  webhook: BenchWebhook;
  count: number;
  /** p99 and so on of another webhook, at a steady rate. */
  latency: (tag: string, seconds: number) => Promise<Spread>;
};

const run = async (bench: Bench): Promise<ScenarioResult> => {
  const { quick, say, stack } = bench;
  const [count, limitCount, seconds] = quick ? [100_000, 30_000, 5] : [1_000_000, 120_000, 15];
  const site = await openSite(bench);
  const { lab, database, node } = site;
  const startMiB = await mostMiB(node.pid);
  const live = stack.use(await startReceiver('times'));
  const mortal = stack.use(await startReceiver('count'));
  const sender = stack.use(await startSender(mortal.origin));
  const caller = stack.use(await startCaller());
  await addWebhook(node.client, database.sql, { url: live.hook, tenant: 'live' });
  const webhook = await addWebhook(node.client, database.sql, { url: mortal.hook, tenant: 'dead', policy: SOON });
  let accepted = 0;
  const latency = async (tag: string, length: number): Promise<Spread> => {
    const pace = { rate: RATE, seconds: length, tag, tenants: ['live'] };
    const result = await paceMoves({ caller, site, receiver: live }, pace);
    accepted += result.accepted;
    return spreadOf(result.fromAnswer);
  };

  say('warming up, and the limit');
  await latency('warm', 3);
  await limitRound(sender, limitCount / 4);
  const limits: LimitRound[] = [await limitRound(sender, limitCount), await limitRound(sender, limitCount)];
  await mortal[Symbol.asyncDispose]();
  const piled = await pileUp(bench, { site, webhook, count, latency }, seconds);

  const back = stack.use(await startReceiver('count', mortal.ready.port));
  say('the receiver is back');
  const meter = makeMeter({ node: node.pid, postgres: lab.postmasterPid, receiver: back.pid }, database);
  let value = 0;
  await meter.measure(async () => {
    value = count / (await untilDelivered({ database, receiver: back, webhook }, count, count));
    return count;
  });
  say(`drained at ${perSecond(value)}; the limit once more`);
  const arrived = (await back.count()) + accepted;
  limits.push(await limitRound(sender, limitCount), await limitRound(sender, limitCount));
  const limit = median(limits.map((one) => one.pool));
  const peakMiB = await mostMiB(node.pid);
  const { ledgerBalanced, ledger } = await checkLedger(node.client, { recorded: count + accepted, arrived });
  const small = (piled.waitingMiB ?? 0) <= MEMORY_BAR_MIB;
  return {
    name: 'backlog',
    pass: ledgerBalanced && small && piled.unharmed && value >= DRAIN_BAR * limit,
    value: rounded(value, 0),
    bar: rounded(DRAIN_BAR * limit, 0),
    unit: 'deliveries/s (drain)',
    limit: rounded(limit, 0),
    ratioToLimit: rounded(value / limit),
    ledgerBalanced,
    ...meter.result(),
    details: {
      pending: count,
      memoryBarMiB: MEMORY_BAR_MIB,
      startMiB,
      peakMiB,
      ...piled,
      ledger,
    },
  };
};

type Piled = {
  unharmed: boolean;
  beforeMiB: number | null;
  waitingMiB: number | null;
  otherBefore: Spread;
  otherBeside: Spread;
};

const pileUp = async ({ say }: Bench, { site, webhook, count, latency }: Backlog, seconds: number): Promise<Piled> => {
  const { database, node } = site;
  const otherBefore = await latency('before', seconds);
  const beforeMiB = await mostMiB(node.pid);
  const onChunk = (filled: number) => {
    if (filled % (count / 10) === 0) say(`${filled.toLocaleString('en-US')} deliveries wait for the dead receiver`);
  };
  await fillPending(database.sql, { webhookNo: webhook.webhookNo, count, onChunk });
  await settleDown(database);
  await waitUntil('the breaker to open', () => isBreakerOpen(database, webhook));
  if ((await countDelivered(database, webhook)) > 0) throw new Error('the dead receiver has answered');
  const otherBeside = await latency('beside', seconds);
  const waitingMiB = await mostMiB(node.pid);
  say(`another webhook's p99: ${otherBefore.p99} ms before, ${otherBeside.p99} ms beside the backlog`);
  const unharmed = otherBeside.p50 <= LATENCY_BAR_MS.p50 && otherBeside.p99 <= LATENCY_BAR_MS.p99;
  return { unharmed, beforeMiB, waitingMiB, otherBefore, otherBeside };
};

/** The most memory that the node ever held. */
const mostMiB = async (pid: number): Promise<number | null> => {
  const most = await residentMiB(pid, 'VmHWM');
  return most === null ? null : rounded(most, 0);
};

const isBreakerOpen = async ({ sql }: LabDatabase, { webhookNo }: BenchWebhook): Promise<boolean> => {
  const rows = await sql`select from webhooks where webhook_no = ${webhookNo} and breaker = 'open'`;
  return rows.length > 0;
};

export const backlog: Scenario = { name: 'backlog', about: 'a dead receiver and what piles up for it', run };
