// The sync of a job: from the tap to sync-output/, with the streams and the state that this job is about.
import type { JsonObject } from '../connections/connection.ts';
import type { Catalog } from '../runner/catalog/catalog.ts';
import { selectCatalog } from '../runner/catalog/select-catalog.ts';
import type { Verdict } from '../runner/judge.ts';
import type { Counts, Surroundings } from '../runner/program.ts';
import { runSync } from '../runner/run-sync.ts';
import { discoverEnd } from './discover-end.ts';
import type { JobRun } from './job-run.ts';
import type { End } from './load-end.ts';
import type { JobPlan } from './plan-job.ts';
import { saveConfig } from './save-config.ts';
import type { OnProgress, WorkerDeps } from './worker-deps.ts';
import { writeRecords } from './write-records.ts';

export type SyncDone = { records: Counts; tapState?: JsonObject };
export type SyncResult = { verdict: Verdict } & SyncDone;

export const syncStage = async (
  deps: WorkerDeps & { onProgress?: OnProgress | undefined },
  run: JobRun,
  plan: JobPlan,
  catalog: Catalog | null,
  surroundings: Surroundings,
): Promise<SyncResult> => {
  const { source } = plan;
  if (source === null) {
    const { records, ...verdict } = await writeRecords(run.job.state, surroundings);
    return { verdict, records };
  }
  const chosen = await chooseStreams(deps, run, plan, source, catalog, surroundings);
  if (!chosen.ok) return { verdict: { ok: false, reason: 'failed', message: chosen.message }, records: {} };
  const outcome = await runSync({
    ...surroundings,
    tap: source.program,
    config: source.config,
    catalog: chosen.catalog,
    state: plan.state,
    onProgress: ({ records }) => deps.onProgress?.(run.job.jobId, records),
  });
  const { records, tapState, configAfter, bytes: _, ...verdict } = outcome;
  await saveConfig(deps, {
    key: source.configOwner,
    before: source.config,
    after: configAfter,
    changedBy: `job/${run.job.jobId}`,
  });
  return { verdict, records, ...(tapState !== undefined && { tapState }) };
};

type Chosen = { ok: true; catalog: Catalog | undefined } | { ok: false; message: string };

/** Many taps sync nothing at all without a catalog, so one that was never discovered is discovered now. */
const chooseStreams = async (
  deps: WorkerDeps,
  run: JobRun,
  plan: JobPlan,
  source: End,
  stored: Catalog | null,
  surroundings: Surroundings,
): Promise<Chosen> => {
  const note = (text: string) => run.log({ program: source.program.name, source: 'runner', text });
  let catalog = stored;
  if (catalog === null) {
    const found = await discoverEnd(deps, source, surroundings, `job/${run.job.jobId}`);
    if (found.ok) catalog = found.catalog;
    else if (run.signal.aborted || plan.fieldMap !== undefined) return { ok: false, message: found.message };
    else note(`goes without a catalog: ${found.message}`);
  }
  if (catalog === null) return { ok: true, catalog: undefined };
  const legacy = source.program.catalogFlag === '--properties';
  const selection = selectCatalog(catalog, plan.fieldMap, { legacy });
  for (const warning of selection.warnings) note(warning);
  if (selection.selected.length > 0) return { ok: true, catalog: selection.catalog };
  return {
    ok: false,
    message: `${source.program.name}: no stream is selected; choose streams in the field map or in override_selected_tables`,
  };
};
