// One job from start to end: (discover) → sync → ETL → export, moving it at each stage.
import { openJobLog } from '../artifacts/write-job-log.ts';
import { connectionSubject } from '../connections/connection.ts';
import type { JsonObject } from '../connections/connection.ts';
import { saveState } from '../connections/connection-state.ts';
import { transaction } from '../db/transaction.ts';
import type { ClaimedJob } from '../jobs/lease-jobs.ts';
import type { Catalog } from '../runner/catalog/catalog.ts';
import { makeRedactor } from '../runner/logs/make-redactor.ts';
import type { Surroundings } from '../runner/program.ts';
import { runEtl } from '../runner/run-etl.ts';
import { runExport } from '../runner/run-export.ts';
import { discoverEnd, storeCatalog } from './discover-end.ts';
import { LeaseLost, makeJobRun, surroundingsOf } from './job-run.ts';
import type { JobRun } from './job-run.ts';
import { planJob } from './plan-job.ts';
import type { JobPlan } from './plan-job.ts';
import { asError, wishOf } from './run-leased.ts';
import { saveConfig } from './save-config.ts';
import { syncStage } from './sync-stage.ts';
import type { SyncDone } from './sync-stage.ts';
import type { OnProgress, WorkerDeps } from './worker-deps.ts';

export type ExecuteDeps = WorkerDeps & { onProgress?: OnProgress | undefined };

const MAX_LOG_BYTES = 16 * 1024 * 1024;

export const executeJob = async (deps: ExecuteDeps, job: ClaimedJob, signal: AbortSignal): Promise<void> => {
  await using log = await openJobLog(deps.artifacts.logFile(job.envId, job.s3Root), MAX_LOG_BYTES);
  const run = makeJobRun(deps, job, log, signal);
  let plan: JobPlan | undefined;
  try {
    plan = await planJob(deps.sql, deps.sealer, job);
    const jobDir = await deps.artifacts.openFolder(job.envId, job.s3Root);
    await walkStages(deps, run, plan, surroundingsOf(deps, run, plan, jobDir));
  } catch (thrown) {
    if (thrown instanceof LeaseLost || (signal.aborted && wishOf(signal) === 'lost')) return;
    const redact = makeRedactor({ ...plan?.source?.config, ...plan?.target?.config });
    await run.fail(redact(asError(thrown).message)).catch((error: unknown) => {
      if (!(error instanceof LeaseLost)) throw error;
    });
  }
};

/** Each stage returns its failure, or nothing; the first one ends the job. */
const walkStages = async (deps: ExecuteDeps, run: JobRun, plan: JobPlan, surroundings: Surroundings): Promise<void> => {
  const catalog = await discoverStage(deps, run, plan, surroundings);
  if (catalog === 'failed' || (await stopped(run))) return;

  await run.move('SYNC_STARTED');
  const { verdict, ...synced } = await syncStage(deps, run, plan, catalog, surroundings);
  const metrics = { recordCount: synced.records };
  if (!verdict.ok) return run.fail(verdict.message);
  await run.move('SYNC_SUCCESS', { metrics });
  if (await stopped(run)) return;

  await run.move('ETL_STARTED');
  const secrets = { ...plan.source?.config, ...plan.target?.config };
  const etl = await runEtl({ ...surroundings, script: plan.flow.etl ?? undefined, config: secrets });
  if (!etl.ok) return run.fail(etl.message);
  await run.move('ETL_SUCCESS');
  if (await stopped(run)) return;

  await run.move('EXPORT_STARTED');
  await exportStage(deps, run, plan, synced, etl.records, surroundings);
};

/** Between two programs nobody else looks at the signal. */
const stopped = async (run: JobRun): Promise<boolean> => {
  if (!run.signal.aborted) return false;
  if (wishOf(run.signal) === 'lost') throw new LeaseLost('The lease was lost between two stages');
  await run.fail('');
  return true;
};

const discoverStage = async (
  deps: ExecuteDeps,
  run: JobRun,
  plan: JobPlan,
  surroundings: Surroundings,
): Promise<Catalog | null | 'failed'> => {
  const { source, forceDiscover } = plan;
  if (source === null) return null;
  if (!forceDiscover) return source.connection.catalog as Catalog | null;
  await run.move('DISCOVER_STARTED');
  const outcome = await discoverEnd(deps, source, surroundings, `job/${run.job.jobId}`);
  if (!outcome.ok) {
    await run.fail(outcome.message);
    return 'failed';
  }
  await transaction(deps.sql, (tx) => storeCatalog(tx, source.connection, outcome.catalog));
  return outcome.catalog;
};

const exportStage = async (
  deps: ExecuteDeps,
  run: JobRun,
  plan: JobPlan,
  synced: SyncDone,
  etlRecords: SyncDone['records'] | undefined,
  surroundings: Surroundings,
): Promise<void> => {
  const { target } = plan;
  let targetState: JsonObject | undefined;
  if (target !== null) {
    const records = etlRecords ?? synced.records;
    const outcome = await runExport({ ...surroundings, target: target.program, config: target.config, records });
    await saveConfig(deps, {
      key: target.configOwner,
      before: target.config,
      after: outcome.configAfter,
      changedBy: `job/${run.job.jobId}`,
    });
    if (!outcome.ok) return run.fail(outcome.message);
    targetState = outcome.state;
  }
  if (run.signal.aborted && (await stopped(run))) return;
  await complete(run, plan, synced, targetState);
};

/** The state counts from the very commit that completes the job: a job that did not complete is repeated from the old one. */
const complete = async (
  run: JobRun,
  plan: JobPlan,
  { records, tapState }: SyncDone,
  targetState: JsonObject | undefined,
): Promise<void> => {
  const { source } = plan;
  const state = nextState(run, plan, tapState ?? targetState);
  const streams = Object.keys(records).length;
  const total = Object.values(records).reduce((sum, count) => sum + count, 0);
  await run.move('JOB_COMPLETED', {
    message: `Completed: ${total} records of ${streams} ${streams === 1 ? 'stream' : 'streams'}`,
    also: async (tx) => {
      if (source === null || state === undefined) return [];
      const kept = await saveState(tx, source.connection, state);
      if (!kept)
        run.log({
          program: 'bowline',
          source: 'runner',
          text: `${connectionSubject(source.connection)} was unlinked: state dropped`,
        });
      return [];
    },
  });
};

/**
 * The tap's last state, now that the target has taken everything before it. A job of other dates leaves the saved state
 * alone, and one of some streams only leaves the other streams' bookmarks.
 */
const nextState = ({ job }: JobRun, { source }: JobPlan, state: JsonObject | undefined): JsonObject | undefined => {
  if (state === undefined || job.overrideStartDate !== null || job.overrideEndDate !== null) return undefined;
  if (job.overrideSelectedTables === null && job.overrideFieldMap === null) return state;
  const before = source?.connection.bookmarks ?? {};
  const bookmarks = {
    ...(before['bookmarks'] as JsonObject | undefined),
    ...(state['bookmarks'] as JsonObject | undefined),
  };
  return { ...before, ...state, ...(Object.keys(bookmarks).length > 0 && { bookmarks }) };
};
