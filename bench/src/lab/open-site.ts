// What most scenarios start from: a fresh database, a node that takes moves and sends, an environment and a flow.
import type { Bench } from '../report/scenario.ts';
import { openLab, type Lab, type LabDatabase } from './open-lab.ts';
import { makeKeys, startNode, type BenchNode, type NodeKeys } from './start-node.ts';
import { makeWorld } from './world.ts';

export type Site = { lab: Lab; database: LabDatabase; node: BenchNode; keys: NodeKeys };

type Options = { roles?: string; name?: string; lab?: Lab };

export const openSite = async (bench: Bench, { roles, name = 'bench', lab }: Options = {}): Promise<Site> => {
  const { stack, profileFolder } = bench;
  const here = lab ?? (await openLab(stack));
  const database = await here.makeDatabase(name);
  const keys = makeKeys();
  const node = stack.use(
    await startNode({
      databaseUrl: database.nodeUrl,
      folder: here.folder,
      name,
      keys,
      profileFolder,
      ...(roles && { roles }),
    }),
  );
  await makeWorld(node.client);
  return { lab: here, database, node, keys };
};
