// `throughput`: a backlog of one webhook, drained durably. Limit and drain take turns, because machines are noisy.
import { checkLedger } from '../lab/check-ledger.ts';
import { drainRound } from '../lab/drain.ts';
import { limitRound, type LimitRound } from '../lab/limit-round.ts';
import { makeMeter } from '../lab/meter.ts';
import { openSite } from '../lab/open-site.ts';
import { startReceiver, startSender } from '../lab/start-receiver.ts';
import { addWebhook } from '../lab/world.ts';
import { median, perSecond, rounded } from '../report/numbers.ts';
import type { Bench, Scenario, ScenarioResult } from '../report/scenario.ts';

export const THROUGHPUT_BAR = 0.7;

const run = async (bench: Bench): Promise<ScenarioResult> => {
  const { quick, say, stack } = bench;
  const [count, rounds] = quick ? [30_000, 3] : [120_000, 5];
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
  const limits: LimitRound[] = [];
  const drains: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const one = await limitRound(sender, count);
    const rate = await drainRound({ ...site, meter }, count);
    limits.push(one);
    drains.push(rate);
    const ratio = (rate / one.pool).toFixed(2);
    say(
      `round ${round} of ${rounds}: bare undici ${perSecond(one.pool)}, deliveries ${perSecond(rate)}, ratio ${ratio}`,
    );
  }
  const recorded = count / 2 + count * rounds;
  const { ledgerBalanced, ledger } = await checkLedger(node.client, { recorded, arrived: recorded });
  const value = median(drains);
  const limit = median(limits.map((one) => one.pool));
  const poster = median(limits.map((one) => one.poster));
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
      ratios: drains.map((rate, at) => rounded(rate / (limits[at]?.pool ?? Number.NaN))),
      ledger,
    },
  };
};

export const throughput: Scenario = { name: 'throughput', about: 'a backlog of one webhook, drained durably', run };
