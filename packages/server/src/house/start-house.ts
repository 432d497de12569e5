// The composition root, as a table of contents: what is opened, in which order, and closed in reverse.
import { randomBytes } from 'node:crypto';
import { makeArtifacts } from '../artifacts/make-artifacts.ts';
import { loadSecretKey, openDataFolder, writePrivateFile } from '../config/data-folder.ts';
import type { Config } from '../config/env.ts';
import { parseAllowListOrThrow } from '../egress/allow-list.ts';
import { makePoster } from '../egress/make-poster.ts';
import { ensureAdminKey } from '../keys/ensure-admin-key.ts';
import { makeSystemClock } from '../lib/clock.ts';
import { makeSealer } from '../lib/seal.ts';
import type { Logger } from '../observability/make-logger.ts';
import { makeMetrics } from '../observability/make-metrics.ts';
import { makeBell } from '../lib/bell.ts';
import { chooseIdentity } from './choose-identity.ts';
import { makeApi } from './make-api.ts';
import { observeDispatch } from './observe-dispatch.ts';
import { openDatabase } from './open-database.ts';
import { startDispatch } from './start-dispatch.ts';
import { startWorkers } from './start-workers.ts';

export type House = AsyncDisposable & {
  /** Null where the node has no `api` role. */
  url: string | null;
  dataFolder: string;
  adminKeyFile: string;
  /** The admin key, when this start made the first one. */
  newAdminKey: string | null;
  database: string;
};

export const VERSION = '0.1.0';

/** Opens everything that the roles need. When it fails half-way, what was opened is closed again. */
export const startHouse = async (config: Config, logger: Logger): Promise<House> => {
  await using stack = new AsyncDisposableStack();
  const folder = await openDataFolder(config.dataFolder);
  const masterKey = await loadSecretKey(config.secretKey, folder.secretKeyFile);
  const sealer = makeSealer(masterKey, config.oldSecretKey === null ? [] : [config.oldSecretKey]);
  const clock = makeSystemClock();
  const metrics = makeMetrics({ process: true });
  const onError = (error: unknown) => logger.error({ err: error }, 'failed; it is tried again');
  const { identity, warning } = await chooseIdentity(folder.path);
  if (warning !== null && config.roles.includes('run')) logger.warn(warning);
  const { sql, connection, description } = await openDatabase(config, folder.path, logger, stack);
  const newAdminKey = await ensureAdminKey(sql, {
    preset: config.adminKey,
    keep: (key) => writePrivateFile(folder.adminKeyFile, `${key}\n`),
  });

  const node = { nodeId: `node-${randomBytes(6).toString('hex')}`, roles: config.roles };
  const poster = makePoster({
    rules: parseAllowListOrThrow(config.egressAllow.join(',')),
    now: () => performance.now(),
  });
  stack.defer(() => poster.destroy());
  const artifacts = makeArtifacts(folder.path);
  const dispatch = await startDispatch({ ...node, sql, connection, sealer, clock, poster, logger, onError }, stack);
  observeDispatch(metrics, dispatch.state, poster);

  const [jobBell, discoverBell] = [makeBell(), makeBell()];
  const shared = { sql, sealer, clock, artifacts, wake: dispatch.wake, changed: dispatch.changed, logger };
  startWorkers({ ...node, ...shared, jobBell, discoverBell, concurrency: config.runConcurrency, identity }, stack);

  const url = config.roles.includes('api')
    ? await listen(config, stack, {
        ...shared,
        poster,
        metrics,
        wakeRunner: () => {
          jobBell.ring();
          discoverBell.ring();
        },
        publicUrl: config.publicUrl,
        version: VERSION,
      })
    : null;
  const opened = stack.move();
  return {
    url,
    dataFolder: folder.path,
    adminKeyFile: folder.adminKeyFile,
    newAdminKey,
    database: description,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
};

const listen = async (
  config: Config,
  stack: AsyncDisposableStack,
  deps: Parameters<typeof makeApi>[0],
): Promise<string> => {
  const app = await makeApi(deps);
  stack.defer(() => app.close());
  return app.listen({ host: config.host, port: config.port });
};
