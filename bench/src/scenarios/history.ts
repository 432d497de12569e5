// `history`: does a long past slow the present? Two databases on one server, one of them with settled deliveries; their
// drains take turns.
import { checkLedger } from '../lab/check-ledger.ts';
import { drainRound, type DrainSite } from '../lab/drain.ts';
import { fillHistory } from '../lab/fill.ts';
import { makeMeter } from '../lab/meter.ts';
import { openLab, settleDown, type Lab } from '../lab/open-lab.ts';
import { openSite } from '../lab/open-site.ts';
import { quietRounds, type Watch } from '../lab/quiet-rounds.ts';
import { startReceiver, type Receiver } from '../lab/start-receiver.ts';
import { addWebhook } from '../lab/world.ts';
import { median, perSecond, rounded } from '../report/numbers.ts';
import type { Bench, Scenario, ScenarioResult } from '../report/scenario.ts';

const HISTORY_BAR = 0.9;

const run = async (bench: Bench): Promise<ScenarioResult> => {
  const { quick, say, stack } = bench;
  const [past, count, wanted] = quick ? [200_000, 20_000, 3] : [2_000_000, 60_000, 7];
  const lab = await openLab(stack);
  const receiver = stack.use(await startReceiver('count'));
  const fresh = await openDrainSite(bench, lab, receiver, 'fresh');
  const old = await openDrainSite(bench, lab, receiver, 'old');
  const onChunk = (filled: number) => {
    if (filled % (past / 10) === 0) say(`${filled.toLocaleString('en-US')} settled deliveries loaded`);
  };
  await fillHistory(old.database.sql, { webhookNo: old.webhook.webhookNo, count: past, onChunk });
  await settleDown(old.database);

  say('warming up');
  await drainRound(fresh, count);
  await drainRound({ ...old, meter: fresh.meter }, count);
  let drained = count;
  const round = async (_: number, watch: Watch) => {
    const one = { fresh: await drainRound(fresh, count, watch), old: await drainRound(old, count, watch) };
    drained += count;
    return one;
  };
  const tell = (one: { fresh: number; old: number }) =>
    `${perSecond(one.fresh)} without a past, ${perSecond(one.old)} with it`;
  const { results, ...noise } = await quietRounds(bench, { wanted, postmasterPid: lab.postmasterPid, round, tell });
  const first = await checkLedger(fresh.client, { recorded: drained, arrived: drained });
  const second = await checkLedger(old.client, { recorded: drained + past, arrived: drained + past });
  const ledgerBalanced = first.ledgerBalanced && second.ledgerBalanced;
  const value = median(results.map((one) => one.old));
  const limit = median(results.map((one) => one.fresh));
  return {
    name: 'history',
    pass: ledgerBalanced && value >= HISTORY_BAR * limit,
    value: rounded(value, 0),
    bar: rounded(HISTORY_BAR * limit, 0),
    unit: 'deliveries/s',
    limit: rounded(limit, 0),
    ratioToLimit: rounded(value / limit),
    ledgerBalanced,
    ...old.meter.result(),
    details: {
      ...noise,
      settledBefore: past,
      ratios: results.map((one) => rounded(one.old / one.fresh)),
      ledger: second.ledger,
    },
  };
};

const openDrainSite = async (bench: Bench, lab: Lab, receiver: Receiver, name: string): Promise<DrainSite> => {
  const { node, database } = await openSite(bench, { lab, name });
  const webhook = await addWebhook(node.client, database.sql, { url: receiver.hook, tenant: 'filled' });
  const meter = makeMeter({ node: node.pid, postgres: lab.postmasterPid, receiver: receiver.pid }, database);
  return { client: node.client, database, receiver, webhook, meter };
};

export const history: Scenario = { name: 'history', about: 'throughput with a long past in the tables', run };
