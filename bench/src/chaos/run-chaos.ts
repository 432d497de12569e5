// One chaos run: moves at a steady rate, kills at random, then everything drains and the receiver's file is judged.
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { checkLedger } from '../lab/check-ledger.ts';
import { waitUntil } from '../lab/wait-until.ts';
import { monotonicMs } from '../report/monotonic.ts';
import { judgeLog, type Verdict } from './judge-log.ts';
import { makeRandom } from './make-random.ts';
import { openChaos, type ChaosHouse, type ChaosNode } from './open-chaos.ts';
import { findNodeIds, timeTakeOver } from './time-take-over.ts';
import { writeMoves, type Writer } from './write-moves.ts';

export type ChaosOptions = { kills: number; seconds: number; seed: number; rate: number; say: (text: string) => void };

export type ChaosResult = { kills: number } & Verdict & {
    /** What was pending at the kills: no more than this can have been in the air. */
    duplicatesBound: number;
    /** The longest time that lanes of a killed node were without an owner; null when none could be timed. */
    takeOverMs: number | null;
    /** From the last process being up to nothing pending. */
    drainMs: number;
    ledgerBalanced: boolean;
    killed: Record<'node' | 'database' | 'receiver', number>;
    /** Nodes and receivers that ended without being killed. */
    crashes: number;
    repeatedReports: number;
    seconds: number;
    seed: number;
  };

type Kind = 'node' | 'database' | 'receiver';
type Tally = { killed: Record<Kind, number>; bound: number; lastPending: number; takeOvers: Promise<number | null>[] };

const MAX_DOWN_MS = { node: 3_000, receiver: 1_500 };
const DRAIN_LIMIT_MS = 120_000;

export const runChaos = async (options: ChaosOptions): Promise<ChaosResult> => {
  const { kills, seconds, seed, rate, say } = options;
  await using stack = new AsyncDisposableStack();
  const house = await openChaos(stack);
  const urls = () => house.nodes.flatMap(({ process }) => process.current()?.url ?? []);
  const writer = writeMoves({ urls, key: house.keys.admin, tenants: house.tenants, rate });
  const tally: Tally = { killed: { node: 0, database: 0, receiver: 0 }, bound: 0, lastPending: 0, takeOvers: [] };
  await killAtRandom(options, house, writer, tally);
  await writer.stop();
  say(`${writer.acknowledged.size} moves acknowledged; draining`);
  await allUp(house);
  const drainingSinceMs = monotonicMs();
  const lines = await drain(house, writer);
  const drainMs = Math.round(monotonicMs() - drainingSinceMs);
  const client = house.nodes[0]?.process.current()?.client;
  if (client === undefined) throw new Error('the first node has ended');
  const known = { recorded: writer.acknowledged.size, arrived: lines.length };
  const { ledgerBalanced } = await checkLedger(client, known);
  const takeOvers = (await Promise.all(tally.takeOvers)).filter((ms) => ms !== null);
  const supervised = [...house.nodes.map(({ process }) => process), house.receiver];
  return {
    kills,
    ...judgeLog(writer.acknowledged, lines),
    duplicatesBound: tally.bound,
    takeOverMs: takeOvers.length === 0 ? null : Math.max(...takeOvers),
    drainMs,
    ledgerBalanced,
    killed: tally.killed,
    crashes: supervised.reduce((sum, one) => sum + one.crashes(), 0),
    repeatedReports: writer.repeated(),
    seconds,
    seed,
  };
};

const killAtRandom = async (options: ChaosOptions, house: ChaosHouse, writer: Writer, tally: Tally): Promise<void> => {
  const { kills, seconds, seed, say } = options;
  const random = makeRandom(seed);
  const startedMs = monotonicMs();
  const slotMs = (seconds * 1000) / kills;
  for (let kill = 1; kill <= kills; kill++) {
    const dueMs = startedMs + (kill - 1 + 0.1 + random() * 0.8) * slotMs;
    await wait(Math.max(0, dueMs - monotonicMs()));
    const draw = random();
    const kind: Kind = draw < 0.5 ? 'node' : draw < 0.75 ? 'database' : 'receiver';
    await noteInTheAir(house, writer, tally);
    const what = await killOne(kind, house, tally, random);
    tally.killed[kind] += 1;
    say(`kill ${kill} of ${kills}: ${what}; ${writer.acknowledged.size} moves acknowledged`);
  }
  await wait(Math.max(0, startedMs + seconds * 1000 - monotonicMs()));
};

/** Whatever is in the air at a kill is still pending in the tables, or about to be. */
const noteInTheAir = async ({ database }: ChaosHouse, writer: Writer, tally: Tally): Promise<void> => {
  const rows = await database.ask((sql) => sql<{ count: number }[]>`select count(*) as count from pending`);
  tally.lastPending = rows?.[0]?.count ?? tally.lastPending;
  tally.bound += tally.lastPending + writer.underWay();
};

const killOne = async (kind: Kind, house: ChaosHouse, tally: Tally, random: () => number): Promise<string> => {
  switch (kind) {
    case 'node': {
      const node = house.nodes[Math.floor(random() * house.nodes.length)];
      if (node === undefined) return 'no node';
      await node.process.isUp();
      await killNode(node, house, tally, random() * MAX_DOWN_MS.node);
      return `a node (${node.mark})`;
    }
    case 'database': {
      const what = random() < 0.7 ? 'server' : 'backend';
      await house.database.isUp();
      await house.database.kill(what);
      return `the database (${what})`;
    }
    case 'receiver':
      await house.receiver.isUp();
      await house.receiver.killFor(random() * MAX_DOWN_MS.receiver);
      return 'the receiver';
  }
};

const killNode = async (node: ChaosNode, { database }: ChaosHouse, tally: Tally, downMs: number): Promise<void> => {
  const nodeIds = await findNodeIds(database, node.mark);
  await node.process.killFor(downMs);
  if (nodeIds.length > 0) tally.takeOvers.push(timeTakeOver(database, nodeIds));
};

const allUp = async ({ database, nodes, receiver }: ChaosHouse): Promise<void> => {
  await database.isUp();
  for (const { process } of nodes) await process.isUp();
  await receiver.isUp();
};

/** Waits until nothing is pending, and returns the receiver's file. What doesn't come within the limit is lost. */
const drain = async ({ database, logFile }: ChaosHouse, writer: Writer): Promise<string[]> => {
  const isEmpty = async () => {
    const rows = await database.ask((sql) => sql`select from pending limit 1`);
    return rows !== null && rows.length === 0;
  };
  await waitUntil('everything to drain', isEmpty, { everyMs: 100, limitMs: DRAIN_LIMIT_MS }).catch(() => {});
  const readLines = async () => (await readFile(logFile, 'utf8')).split('\n').filter((line) => line !== '');
  const lines = await readLines();
  return lines.length < writer.acknowledged.size ? readLines() : lines;
};
