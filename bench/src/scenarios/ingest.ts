// `ingest`: job moves accepted by the API one at a time, against the same SQL straight from Node. Both take turns.
import { checkLedger } from '../lab/check-ledger.ts';
import { makeMeter } from '../lab/meter.ts';
import { openSite, type Site } from '../lab/open-site.ts';
import { settleDown } from '../lab/open-lab.ts';
import { quietRounds, type Watch } from '../lab/quiet-rounds.ts';
import { countDelivered } from '../lab/drain.ts';
import { startNode } from '../lab/start-node.ts';
import { startBareSql, startCaller, startReceiver } from '../lab/start-receiver.ts';
import { waitUntil } from '../lab/wait-until.ts';
import { addWebhook, ENV_ID, FLOW_ID, type BenchWebhook } from '../lab/world.ts';
import { median, perSecond, rounded } from '../report/numbers.ts';
import type { Bench, Scenario, ScenarioResult } from '../report/scenario.ts';

const INGEST_BAR = 0.5;
const CALLERS = 16;

type Counted = { moves: number; seconds: number };

const run = async (bench: Bench): Promise<ScenarioResult> => {
  const { quick, say, stack } = bench;
  const [seconds, wanted] = quick ? [2, 3] : [4, 7];
  // Sending is left to a second node that starts afterwards: it would take the processors in one of the two only.
  const site = await openSite(bench, { roles: 'api' });
  const { lab, database, node, keys } = site;
  const receiver = stack.use(await startReceiver('count'));
  const caller = stack.use(await startCaller());
  const bareSql = stack.use(await startBareSql(database.nodeUrl));
  const webhook = await addWebhook(node.client, database.sql, { url: receiver.hook, tenant: 'acme' });
  const meter = makeMeter({ node: node.pid, postgres: lab.postmasterPid, receiver: receiver.pid }, database);
  const common = { envId: ENV_ID, flowId: FLOW_ID, tenants: ['acme'], callers: CALLERS };
  const overHttp = (tag: string, length: number) =>
    caller.call<Counted>('closed', { ...common, tag, seconds: length, url: node.url, key: keys.admin });
  const bare = (tag: string, length: number) => bareSql.call<Counted>('closed', { ...common, tag, seconds: length });

  say('warming up');
  let moves = (await overHttp('warm-http', 1.5)).moves + (await bare('warm-bare', 1.5)).moves;
  const round = async (number: number, watch: Watch) => {
    await settleDown(database);
    const sql = await watch(() => bare(`bare-${number}`, seconds));
    let api: Counted = { moves: 0, seconds: 1 };
    await meter.measure(async () => {
      api = await watch(() => overHttp(`http-${number}`, seconds));
      return api.moves;
    });
    moves += sql.moves + api.moves;
    return { api: api.moves / api.seconds, bare: sql.moves / sql.seconds };
  };
  const tell = (one: { api: number; bare: number }) => `bare SQL ${perSecond(one.bare)}, API ${perSecond(one.api)}`;
  const { results, ...noise } = await quietRounds(bench, { wanted, postmasterPid: lab.postmasterPid, round, tell });
  say(`delivering the ${moves} moves, for the ledger`);
  await deliverAll(bench, site, webhook, moves);
  const { ledgerBalanced, ledger } = await checkLedger(node.client, {
    recorded: moves,
    arrived: await receiver.count(),
  });
  const value = median(results.map((one) => one.api));
  const limit = median(results.map((one) => one.bare));
  return {
    name: 'ingest',
    pass: ledgerBalanced && value >= INGEST_BAR * limit,
    value: rounded(value, 0),
    bar: rounded(INGEST_BAR * limit, 0),
    unit: 'moves/s',
    limit: rounded(limit, 0),
    ratioToLimit: rounded(value / limit),
    ledgerBalanced,
    ...meter.result(),
    details: { callers: CALLERS, ratios: results.map((one) => rounded(one.api / one.bare)), ...noise, ledger },
  };
};

const deliverAll = async (
  { stack }: Bench,
  { lab, database, keys }: Site,
  webhook: BenchWebhook,
  moves: number,
): Promise<void> => {
  const options = { databaseUrl: database.nodeUrl, folder: lab.folder, name: 'sender', keys, roles: 'dispatch' };
  stack.use(await startNode(options));
  const isDone = async () => (await countDelivered(database, webhook)) >= moves;
  await waitUntil('all moves to be delivered', isDone, { everyMs: 50, limitMs: 300_000 });
};

export const ingest: Scenario = {
  name: 'ingest',
  about: 'job moves accepted by the API one at a time, against bare SQL',
  run,
};
