// `limit`: what the machine could do at best. A bare loop of signed POSTs, no database.
import { startReceiver, startSender } from '../lab/start-receiver.ts';
import { limitRound, type LimitRound } from '../lab/limit-round.ts';
import { cpuMicrosOf } from '../lab/process-tree.ts';
import { median, perSecond, rounded } from '../report/numbers.ts';
import type { Bench, Scenario, ScenarioResult } from '../report/scenario.ts';

const run = async ({ quick, say, stack }: Bench): Promise<ScenarioResult> => {
  const [count, rounds] = quick ? [20_000, 3] : [100_000, 5];
  const receiver = stack.use(await startReceiver('count'));
  const sender = stack.use(await startSender(receiver.origin));
  await limitRound(sender, Math.round(count / 4));
  await receiver.reset();
  const measured: LimitRound[] = [];
  const readCpu = async () => [await cpuMicrosOf(sender.pid), await cpuMicrosOf(receiver.pid)] as const;
  const before = await readCpu();
  for (let round = 1; round <= rounds; round++) {
    const one = await limitRound(sender, count);
    measured.push(one);
    say(`round ${round} of ${rounds}: bare undici ${perSecond(one.pool)}, our own poster ${perSecond(one.poster)}`);
  }
  const after = await readCpu();
  const sent = count * rounds * 2;
  const each = (at: 0 | 1) => {
    const [from, to] = [before[at], after[at]];
    return from === null || to === null ? null : rounded((to - from) / sent, 1);
  };
  const arrived = await receiver.count();
  const value = median(measured.map((one) => one.pool));
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
    details: { poster: rounded(median(measured.map((one) => one.poster)), 0), sent, arrived },
  };
};

export const limit: Scenario = { name: 'limit', about: 'a bare loop of signed POSTs, no database', run };
