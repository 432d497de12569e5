// The roles that work in the background: running jobs and discovers, replays, retention.
import type { Artifacts } from '../artifacts/make-artifacts.ts';
import type { Sql } from '../db/types.ts';
import { runReplays } from '../deliveries/replay/run-replays.ts';
import { runRetention } from '../deliveries/retention/run-retention.ts';
import type { Wake } from '../events/event.ts';
import type { Clock } from '../lib/clock.ts';
import type { Sealer } from '../lib/seal.ts';
import type { Logger } from '../observability/make-logger.ts';
import type { Identity } from '../runner/program.ts';
import { runSecretSwitches } from '../webhooks/run-secret-switches.ts';
import type { Bell } from '../lib/bell.ts';
import { runDiscovers } from '../workers/run-discovers.ts';
import { runJobs } from '../workers/run-jobs.ts';

type Deps = {
  sql: Sql;
  sealer: Sealer;
  clock: Clock;
  artifacts: Artifacts;
  wake: Wake;
  changed: (webhookNo: number) => void;
  jobBell: Bell;
  discoverBell: Bell;
  nodeId: string;
  roles: readonly string[];
  concurrency: number;
  identity: Identity | undefined;
  logger: Logger;
};

/** Started at once; the stack stops them and waits for what is under way. */
export const startWorkers = (deps: Deps, stack: AsyncDisposableStack): void => {
  const { roles, logger } = deps;
  const onError = (error: unknown) => logger.error({ err: error }, 'a worker failed; it goes on');
  const start = (run: (signal: AbortSignal) => Promise<void>) => {
    const stop = new AbortController();
    const running = run(stop.signal);
    running.catch((error: unknown) => logger.fatal({ err: error }, 'a worker ended'));
    stack.defer(async () => {
      stop.abort();
      await running;
    });
  };
  if (roles.includes('run')) {
    start((signal) => runJobs({ ...deps, bell: deps.jobBell, onError }, signal));
    start((signal) => runDiscovers({ ...deps, bell: deps.discoverBell, onError }, signal));
  }
  if (roles.includes('sweep')) {
    const onSwept = (swept: object) => logger.info(swept, 'swept');
    start((signal) => runReplays({ ...deps, onError }, signal));
    start((signal) => runSecretSwitches({ ...deps, onError }, signal));
    start((signal) => runRetention({ ...deps, onError, onSwept }, signal));
  }
};
