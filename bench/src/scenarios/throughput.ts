// `throughput`: a backlog of one webhook, drained durably. Limit and drain take turns, because machines are noisy.
import { checkLedger } from '../lab/check-ledger.ts';
import { drainRound } from '../lab/drain.ts';
import { limitRound, type LimitRound } from '../lab/limit-round.ts';
import { makeMeter } from '../lab/meter.ts';
import { quietRounds, type Watch } from '../lab/quiet-rounds.ts';
import { openSite } from '../lab/open-site.ts';
import { startReceiver, startSender } from '../lab/start-receiver.ts';
import { addWebhook } from '../lab/world.ts';
import { median, perSecond, rounded } from '../report/numbers.ts';
import type { Bench, Scenario, ScenarioResult } from '../report/scenario.ts';

export const THROUGHPUT_BAR = 0.7;

type Round = LimitRound & { rate: number };

const run = async (bench: Bench): Promise<ScenarioResult> => {
  const { quick, say, stack } = bench;
  const [count, wanted] = quick ? [30_000, 3] : [60_000, 9];
  const { lab, database, node } = await openSite(bench);
  const receiver = stack.use(await startReceiver('count'));
  const sender = stack.use(await startSender(receiver.origin));
  const webhook = await addWebhook(node.client, database.sql, { url: receiver.hook, tenant: 'filled' });
  const meter = makeMeter({ node: node.pid, postgres: lab.postmasterPid, receiver: receiver.pid }, database);
  const warmUp = makeMeter({ node: node.pid, postgres: lab.postmasterPid, receiver: receiver.pid }, database);
  const site = { client: node.client, database, receiver, webhook };

  say('warming up');
  await limitRound(sender, count / 4);
  await drainRound({ ...site, meter: warmUp }, count / 2);
  let drained = count / 2;
  const round = async (_: number, watch: Watch): Promise<Round> => {
    const limit = await watch(() => limitRound(sender, count));
    const rate = await drainRound({ ...site, meter }, count, watch);
    drained += count;
    return { ...limit, rate };
  };
  const tell = ({ pool, rate }: Round) =>
    `bare undici ${perSecond(pool)}, deliveries ${perSecond(rate)}, ratio ${(rate / pool).toFixed(2)}`;
  const { results, ...noise } = await quietRounds(bench, { wanted, postmasterPid: lab.postmasterPid, round, tell });
  const { ledgerBalanced, ledger } = await checkLedger(node.client, { recorded: drained, arrived: drained });
  const value = median(results.map((one) => one.rate));
  const limit = median(results.map((one) => one.pool));
  const poster = median(results.map((one) => one.poster));
  return {
    name: 'throughput',
    pass: ledgerBalanced && value >= THROUGHPUT_BAR * limit,
    value: rounded(value, 0),
    bar: rounded(THROUGHPUT_BAR * limit, 0),
    unit: 'deliveries/s',
    limit: rounded(limit, 0),
    ratioToLimit: rounded(value / limit),
    ledgerBalanced,
    ...meter.result(),
    details: {
      ratioToPoster: rounded(value / poster),
      ratios: results.map((one) => rounded(one.rate / one.pool)),
      ...noise,
      ledger,
    },
  };
};

export const throughput: Scenario = { name: 'throughput', about: 'a backlog of one webhook, drained durably', run };
