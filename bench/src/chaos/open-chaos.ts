// The house of a chaos run: a database with its keeper, two nodes that share the lanes, a receiver that keeps a file, and a
// webhook for each of many lanes.
import { mkdir } from 'node:fs/promises';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { forkChild, type Child } from '../lab/fork-child.ts';
import { makeScratchFolder } from '../lab/scratch-folder.ts';
import { makeKeys, startNode, type BenchNode, type NodeKeys } from '../lab/start-node.ts';
import { addWebhook, makeWorld } from '../lab/world.ts';
import { openChaosDatabase, type ChaosDatabase } from './chaos-database.ts';
import { supervise, type Supervised } from './supervise.ts';

export type ChaosNode = { mark: string; process: Supervised<BenchNode> };

export type ChaosHouse = {
  database: ChaosDatabase;
  nodes: readonly ChaosNode[];
  receiver: Supervised<Child<{ port: number }>>;
  /** What the receiver has answered 200 to. */
  logFile: string;
  tenants: readonly string[];
  keys: NodeKeys;
};

const LANES = 64;
/** Each node has one role that the other has not: by it their entries in the books are told apart. */
const MARKS = ['schedule', 'sweep'] as const;
/** So short that a run ends soon, so many that nothing is given up. */
const POLICY = { retries: Array.from({ length: 50 }, (_, at) => (at < 5 ? 1 : 3)), breaker: { probe_seconds: [1] } };

export const openChaos = async (stack: AsyncDisposableStack): Promise<ChaosHouse> => {
  const scratch = stack.use(await makeScratchFolder());
  await mkdir(scratch.database);
  const database = await openChaosDatabase(scratch, stack);
  const keys = makeKeys();
  const output = openSync(join(scratch.path, 'nodes.log'), 'a');
  const nodes: ChaosNode[] = [];
  for (const mark of MARKS) {
    const options = {
      databaseUrl: database.url,
      folder: scratch.path,
      name: mark,
      keys,
      output,
      roles: `api,dispatch,${mark}`,
    };
    nodes.push({ mark, process: stack.use(await supervise(() => startNode(options))) });
  }
  const logFile = join(scratch.path, 'received.tsv');
  const program = new URL('log-receiver-main.ts', import.meta.url);
  let port = 0;
  const startLog = async () => {
    const child = await forkChild<{ port: number }>(program, { args: [String(port), logFile], output });
    port = child.ready.port;
    return child;
  };
  const receiver = stack.use(await supervise(startLog));
  const client = nodes[0]?.process.current()?.client;
  if (client === undefined) throw new Error('the first node is not up');
  await makeWorld(client);
  const tenants = Array.from({ length: LANES }, (_, at) => `tenant-${at}`);
  const url = `http://127.0.0.1:${port}/hook`;
  for (const tenant of tenants) await addWebhook(client, database.sql, { url, tenant, policy: POLICY });
  return { database, nodes, receiver, logFile, tenants, keys };
};
