// A node of Bowline as its own process, as it runs in production.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeClient, type Client } from '@bowline/contract/client';
import { forkChild, type Child } from './fork-child.ts';

type Ready = { url: string | null };
/** `url` is empty where it has no `api` role. */
export type BenchNode = Child<Ready> & { readonly url: string; readonly client: Client };

export type NodeOptions = {
  databaseUrl: string;
  /** Its data folder lies in here. */
  folder: string;
  name: string;
  keys: NodeKeys;
  roles?: string;
  profileFolder?: string | null;
  port?: number;
  output?: number;
  logLevel?: string;
};

export type NodeKeys = { admin: string; secret: string };
export const makeKeys = (): NodeKeys => ({
  admin: randomBytes(24).toString('hex'),
  secret: randomBytes(32).toString('base64'),
});

const SERVER = new URL('../../../packages/server/src/main.ts', import.meta.url);

const FLAGS = new URL('../../../packages/server/node-flags.json', import.meta.url);

export const startNode = async (options: NodeOptions): Promise<BenchNode> => {
  const flags = JSON.parse(await readFile(FLAGS, 'utf8')) as string[];
  const { profileFolder = null, keys } = options;
  const inherited = Object.entries(process.env).filter(([name]) => !/^(BOWLINE_|DATABASE_URL$)/.test(name));
  const child = await forkChild<Ready>(SERVER, {
    env: {
      ...Object.fromEntries(inherited),
      DATABASE_URL: options.databaseUrl,
      BOWLINE_DATA: join(options.folder, options.name),
      BOWLINE_PORT: String(options.port ?? 0),
      BOWLINE_ROLES: options.roles ?? 'api,dispatch',
      BOWLINE_EGRESS_ALLOW: '127.0.0.1',
      BOWLINE_ADMIN_KEY: keys.admin,
      BOWLINE_SECRET_KEY: keys.secret,
      BOWLINE_LOG_LEVEL: options.logLevel ?? 'warn',
    },
    execArgv: [...flags, ...(profileFolder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`])],
    ...(options.output === undefined ? {} : { output: options.output }),
  });
  const url = child.ready.url ?? '';
  return { ...child, url, client: makeClient({ baseUrl: url, apiKey: keys.admin }) };
};
