// `latency`: how long after the API's answer the POST is at the receiver, at 500 moves a second.
import { checkLedger } from '../lab/check-ledger.ts';
import { makeMeter } from '../lab/meter.ts';
import { openSite } from '../lab/open-site.ts';
import { quietRounds, type Watch } from '../lab/quiet-rounds.ts';
import { paceMoves, type Latencies } from '../lab/pace-moves.ts';
import { startCaller, startReceiver, startSender, type Receiver } from '../lab/start-receiver.ts';
import type { Child } from '../lab/fork-child.ts';
import { waitUntil } from '../lab/wait-until.ts';
import { addWebhook } from '../lab/world.ts';
import { rounded, spreadOf } from '../report/numbers.ts';
import type { Bench, Scenario, ScenarioResult } from '../report/scenario.ts';

export const LATENCY_BAR_MS = { p50: 5, p99: 25 };
const RATE = 500;

type Round = { bare: number[]; moves: Latencies };

const run = async (bench: Bench): Promise<ScenarioResult> => {
  const { quick, stack } = bench;
  const [seconds, wanted] = quick ? [6, 2] : [10, 5];
  const site = await openSite(bench);
  const { lab, database, node } = site;
  const receiver = stack.use(await startReceiver('times'));
  const caller = stack.use(await startCaller());
  const sender = stack.use(await startSender(receiver.origin));
  await addWebhook(node.client, database.sql, { url: receiver.hook, tenant: 'acme' });
  const meter = makeMeter({ node: node.pid, postgres: lab.postmasterPid, receiver: receiver.pid }, database);
  const offer = (tag: string, length: number) =>
    paceMoves({ caller, site, receiver }, { rate: RATE, seconds: length, tag, tenants: ['acme'] });

  bench.say('warming up');
  const warmUp = await offer('warm', 5);
  let recorded = warmUp.accepted;
  const round = async (number: number, watch: Watch): Promise<Round> => {
    const bare = await barePosts(sender, receiver, { tag: `bare-${number}`, seconds: seconds / 4 });
    let moves: Latencies = warmUp;
    await meter.measure(async () => {
      moves = await watch(() => offer(`move-${number}`, seconds));
      return moves.accepted;
    });
    recorded += moves.accepted;
    return { bare, moves };
  };
  const { results, ...noise } = await quietRounds(bench, { wanted, postmasterPid: lab.postmasterPid, round, tell });
  const pooled = (samples: (one: Round) => number[]) => spreadOf(results.flatMap(samples));
  const bare = pooled((one) => one.bare);
  const fromAnswer = pooled((one) => one.moves.fromAnswer);
  const fromDue = pooled((one) => one.moves.fromDue);
  const { ledgerBalanced, ledger } = await checkLedger(node.client, { recorded, arrived: recorded });
  const failed = results.reduce((sum, one) => sum + one.moves.failed, 0);
  const offered = Math.min(...results.map((one) => one.moves.offered));
  const kept = failed === 0 && offered > RATE * 0.99;
  const met = fromAnswer.p50 <= LATENCY_BAR_MS.p50 && fromAnswer.p99 <= LATENCY_BAR_MS.p99;
  return {
    name: 'latency',
    pass: ledgerBalanced && kept && met,
    value: rounded(fromAnswer.p99),
    bar: LATENCY_BAR_MS.p99,
    unit: 'ms (p99)',
    limit: rounded(bare.p99),
    ratioToLimit: rounded(fromAnswer.p99 / bare.p99, 2),
    ledgerBalanced,
    ...meter.result(),
    details: {
      p50: fromAnswer.p50,
      p50Bar: LATENCY_BAR_MS.p50,
      fromAnswer,
      fromDue,
      bare,
      offeredPerSecond: rounded(offered, 1),
      failed,
      ...noise,
      ledger,
    },
  };
};

const tell = ({ moves }: Round): string => {
  const { p50, p99 } = spreadOf(moves.fromAnswer);
  return `p50 ${p50} ms, p99 ${p99} ms after the answer`;
};

/** Milliseconds from when a signed POST was due to its arrival, without API or database. */
const barePosts = async (
  sender: Child<object>,
  receiver: Receiver,
  pace: { tag: string; seconds: number },
): Promise<number[]> => {
  await receiver.take();
  await receiver.reset();
  const { keys, dueMs } = await sender.call<{ keys: string[]; dueMs: number[] }>('pace', { ...pace, rate: RATE });
  await waitUntil('the bare POSTs', async () => (await receiver.count()) >= keys.length);
  const arrivals = await receiver.take();
  const arrivedAt = new Map(arrivals.keys.map((key, at) => [key, arrivals.atMs[at] ?? Number.NaN]));
  return keys.map((key, at) => (arrivedAt.get(key) ?? Number.NaN) - (dueMs[at] ?? Number.NaN));
};

export const latency: Scenario = {
  name: 'latency',
  about: `API answer to POST at the receiver, ${RATE} moves/s, open loop`,
  run,
};
