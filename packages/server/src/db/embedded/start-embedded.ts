// The PostgreSQL that Bowline brings along: `startEmbedded` leaves it running in the data folder, whatever it finds there:
// nothing, a cluster, a server that runs already, one that is recovering, or what a killed one left behind.
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionParts } from '../types.ts';
import { findBinaries } from './binaries.ts';
import { createOnce } from './create-once.ts';
import { EmbeddedError, embeddedError } from './embedded-error.ts';
import { findOrLaunch } from './find-or-launch.ts';
import type { Home } from './find-or-launch.ts';
import { initCluster } from './init-cluster.ts';
import { keepRunning } from './keep-running.ts';
import { choosePlace, findPlace, reachableBinaries } from './place.ts';
import { keepLogSmall } from './server-log.ts';
import { stopServer } from './stop-server.ts';

const LOG_CHECK_EVERY_MS = 60_000;

export type EmbeddedOptions = {
  readonly dataDir: string;
  readonly log?: (message: string) => void;
  /** Listen on this port of 127.0.0.1 too, for tools such as psql. */
  readonly port?: number;
  /** Changes to the server's settings, by their PostgreSQL names. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Start the server again whenever it ends without `stop`. For the one main process of a data folder. */
  readonly keepRunning?: boolean;
  readonly startLimitMs?: number;
  readonly signal?: AbortSignal;
};

export type Embedded = AsyncDisposable & {
  readonly connection: ConnectionParts;
  /** For example `18.4`. */
  readonly version: string;
  /** It ran already. */
  readonly attached: boolean;
  /** Ends the server, also one that ran already. */
  readonly stop: () => Promise<void>;
};

export const startEmbedded = async (options: EmbeddedOptions): Promise<Embedded> => {
  const home = await prepareHome(options).catch((error: unknown) => {
    throw embeddedError(`set up the database in ${options.dataDir}`, error);
  });
  const { signal, startLimitMs } = options;
  const found = await findOrLaunch(home, { ...(signal && { signal }), ...(startLimitMs && { limitMs: startLimitMs }) });
  const logCheck = setInterval(() => void keepLogSmall(home.logFile).catch(() => {}), LOG_CHECK_EVERY_MS).unref();
  const keeper = options.keepRunning ? keepRunning(home, found.connection) : null;
  const stop = async () => {
    clearInterval(logCheck);
    await keeper?.[Symbol.asyncDispose]();
    await stopServer(home.cluster);
  };
  return { ...found, stop, [Symbol.asyncDispose]: stop };
};

const prepareHome = async (options: EmbeddedOptions): Promise<Home> => {
  const { port = null, settings = {}, log = () => {} } = options;
  const binaries = await findBinaries();
  await mkdir(options.dataDir, { recursive: true });
  const dataDir = await realpath(options.dataDir);
  const { cluster, runAs } = (await findPlace(dataDir)) ?? (await choosePlace(dataDir));
  const passwordFile = join(dataDir, 'postgres-password');
  const password = (await createOnce(passwordFile, `${randomBytes(24).toString('base64url')}\n`)).trim();
  await chmod(passwordFile, 0o600);
  const usable = await reachableBinaries(binaries, runAs);
  if (!(await exists(join(cluster, 'PG_VERSION')))) {
    log(`Making a new PostgreSQL ${binaries.version.split('-')[0]} database in ${cluster}`);
    await initCluster({ binaries: usable, cluster, password, runAs, sync: settings['fsync'] !== 'off' });
  }
  await checkMajor(cluster, binaries.version);
  return { binaries: usable, cluster, runAs, logFile: join(dataDir, 'postgres.log'), port, settings, password, log };
};

const checkMajor = async (cluster: string, version: string): Promise<void> => {
  const written = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  if (written !== version.split('.')[0]) {
    throw new EmbeddedError(
      `The database in ${cluster} was written by PostgreSQL ${written}, and this program brings PostgreSQL ${version}. Dump it with the old version and load it into a new data folder, or set DATABASE_URL to a PostgreSQL ${written} server.`,
    );
  }
};

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
