// The worker that runs discovers: one connector each, its catalog stored on the link when it has ended.
import { rm } from 'node:fs/promises';
import { openJobLog } from '../artifacts/write-job-log.ts';
import { transaction } from '../db/transaction.ts';
import { finishDiscover } from '../discovers/finish-discover.ts';
import type { DiscoverResult } from '../discovers/finish-discover.ts';
import { claimDiscovers, endLostDiscovers, renewDiscoverLeases } from '../discovers/lease-discovers.ts';
import type { ClaimedDiscover } from '../discovers/lease-discovers.ts';
import { formatMicros } from '../lib/clock.ts';
import { DEFAULT_LIMITS } from '../runner/program.ts';
import type { LogLine } from '../runner/program.ts';
import { discoverEnd, summarise } from './discover-end.ts';
import { findDeadNodes } from './find-dead-nodes.ts';
import { loadEnd } from './load-end.ts';
import { DEFAULT_TIMES, asError, runLeased, wishOf } from './run-leased.ts';
import type { WorkerDeps } from './worker-deps.ts';

const MAX_LOG_BYTES = 4 * 1024 * 1024;
/** Slow sources take minutes; half an hour is what the slowest known ones need. */
const DISCOVER_LIMITS = { ...DEFAULT_LIMITS, totalMs: 30 * 60_000, graceMs: 10_000 };

/** Runs until the signal aborts; resolves when every discover here has ended. */
export const runDiscovers = async (deps: WorkerDeps, signal: AbortSignal): Promise<void> => {
  const { sql, clock, wake, nodeId, bell, concurrency, onError } = deps;
  const times = { ...DEFAULT_TIMES, ...deps.times };
  const sweep = async (deadNodes: readonly string[] = []) => {
    for (;;) {
      const lost = await transaction(sql, (tx) => endLostDiscovers(tx, clock, deadNodes));
      wake(lost.webhookNos);
      if (lost.ended === 0) return;
    }
  };
  await findDeadNodes(sql, nodeId)
    .then(sweep)
    .catch((error: unknown) => onError(asError(error)));
  const claim = async (limit: number) => {
    const discovers = await claimDiscovers(sql, nodeId, limit, times.leaseMs);
    return discovers.map((discover) => ({
      envId: discover.envId,
      id: discover.taskId,
      leaseToken: discover.leaseToken,
      run: (stop: AbortSignal) => executeDiscover(deps, discover, stop),
    }));
  };
  await runLeased(
    {
      concurrency,
      times,
      bell,
      claim,
      renew: (leases) => renewDiscoverLeases(sql, leases, times.leaseMs),
      sweep,
      onError,
      clock,
    },
    signal,
  );
};

const executeDiscover = async (deps: WorkerDeps, discover: ClaimedDiscover, signal: AbortSignal): Promise<void> => {
  const result = await discoverOnce(deps, discover, signal);
  if (signal.aborted && wishOf(signal) === 'lost') return;
  const finished = await transaction(deps.sql, (tx) => finishDiscover(tx, deps.clock, discover, result));
  if (finished.finished) deps.wake(finished.webhookNos);
};

const discoverOnce = async (
  deps: WorkerDeps,
  discover: ClaimedDiscover,
  signal: AbortSignal,
): Promise<DiscoverResult> => {
  const { artifacts, clock, identity } = deps;
  const root = `${discover.tenant}/flows/${discover.flowId}/discovers/${discover.taskId}`;
  const jobDir = await artifacts.openFolder(discover.envId, root);
  try {
    await using log = await openJobLog(artifacts.logFile(discover.envId, root), MAX_LOG_BYTES);
    const end = await loadEnd(deps.sql, deps.sealer, discover);
    const surroundings = {
      jobDir,
      signal,
      identity,
      limits: DISCOVER_LIMITS,
      environment: { TENANT: discover.tenant, FLOW: discover.flowId, ENV_ID: discover.envId },
      onLog: (line: LogLine) => log.write({ time: formatMicros(clock.nowMicros()), ...line }),
    };
    const outcome = await discoverEnd(deps, end, surroundings, `discover/${discover.taskId}`);
    if (outcome.ok)
      return { ok: true, catalog: outcome.catalog, summary: summarise(end.connection.catalog, outcome.catalog) };
    return {
      ok: false,
      message: signal.aborted ? `Ended because the server was shut down (${outcome.message})` : outcome.message,
    };
  } catch (thrown) {
    return { ok: false, message: asError(thrown).message };
  } finally {
    await rm(jobDir, { recursive: true, force: true });
  }
};
