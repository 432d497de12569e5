// `limit`: what the machine could do at best. A bare loop of signed POSTs, no database.
import { startReceiver, startSender } from '../lab/start-receiver.ts';
import { limitRound, type LimitRound } from '../lab/limit-round.ts';
import { quietRounds, type Watch } from '../lab/quiet-rounds.ts';
import { cpuMicrosOf } from '../lab/process-tree.ts';
import { median, perSecond, rounded } from '../report/numbers.ts';
import type { Bench, Scenario, ScenarioResult } from '../report/scenario.ts';

const run = async (bench: Bench): Promise<ScenarioResult> => {
  const { quick, stack } = bench;
  const [count, wanted] = quick ? [20_000, 3] : [60_000, 7];
  const receiver = stack.use(await startReceiver('count'));
  const sender = stack.use(await startSender(receiver.origin));
  await limitRound(sender, Math.round(count / 4));
  await receiver.reset();
  let sent = 0;
  const readCpu = async () => [await cpuMicrosOf(sender.pid), await cpuMicrosOf(receiver.pid)] as const;
  const before = await readCpu();
  const round = async (_: number, watch: Watch) => {
    const one = await watch(() => limitRound(sender, count));
    sent += count * 2;
    return one;
  };
  const tell = ({ pool, poster }: LimitRound) => `bare undici ${perSecond(pool)}, our own poster ${perSecond(poster)}`;
  const { results, ...noise } = await quietRounds(bench, { wanted, postmasterPid: null, round, tell });
  const after = await readCpu();
  const each = (at: 0 | 1) => {
    const [from, to] = [before[at], after[at]];
    return from === null || to === null ? null : rounded((to - from) / sent, 1);
  };
  const arrived = await receiver.count();
  const value = median(results.map((one) => one.pool));
  return {
    name: 'limit',
    pass: arrived === sent,
    value: rounded(value, 0),
    bar: null,
    unit: 'POSTs/s',
    limit: rounded(value, 0),
    ratioToLimit: 1,
    ledgerBalanced: arrived === sent,
    cpuMicrosPerDelivery: { node: each(0), postgres: null, receiver: each(1) },
    statementsPerDelivery: 0,
    details: { poster: rounded(median(results.map((one) => one.poster)), 0), sent, arrived, ...noise },
  };
};

export const limit: Scenario = { name: 'limit', about: 'a bare loop of signed POSTs, no database', run };
