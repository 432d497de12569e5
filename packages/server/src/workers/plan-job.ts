// What a job needs before it starts: the programs, their configs with the job's overrides, and the state to begin from.
import type { ConnectionKey, JsonObject } from '../connections/connection.ts';
import type { Flow } from '../connectors/flow.ts';
import { requireFlow } from '../connectors/flow-store.ts';
import { requireSettings } from '../connectors/require-settings.ts';
import type { Sql } from '../db/types.ts';
import { overrideContext } from '../jobs/job.ts';
import type { ClaimedJob } from '../jobs/lease-jobs.ts';
import type { Sealer } from '../lib/seal.ts';
import type { FieldMap } from '../runner/catalog/select-catalog.ts';
import { loadEnd } from './load-end.ts';
import type { End } from './load-end.ts';

export type JobPlan = {
  flow: Flow;
  /** Null in a write job: its records come with the job. */
  source: End | null;
  /** Null when what was read stays in the artifacts. */
  target: End | null;
  forceDiscover: boolean;
  state: JsonObject | undefined;
  fieldMap: FieldMap | undefined;
  environment: Record<string, string>;
};

/** Throws an error with a message for people when something is gone meanwhile. */
export const planJob = async (sql: Sql, sealer: Sealer, job: ClaimedJob): Promise<JobPlan> => {
  const settings = await requireSettings(sql, job.envId);
  const flow = await requireFlow(sql, job.envId, job.flowId);
  const isWrite = job.jobType === 'WRITE';
  const sourceKey = isWrite ? null : keyOf(job, job.tap, 'linkedSource');
  const targetKey = isWrite ? keyOf(job, null, 'linkedTarget') : targetKeyOf(job);
  const source = sourceKey && (await loadEnd(sql, sealer, sourceKey, sourceOverrides(sealer, job)));
  const target = targetKey && (await loadEnd(sql, sealer, targetKey, openOverride(sealer, job, 'target')));
  return {
    flow,
    source,
    target,
    forceDiscover: settings.force_discover && source !== null,
    state: startState(job, source),
    fieldMap: fieldMapOf(job, source),
    environment: openEnvironment(sealer, job),
  };
};

const keyOf = (
  job: ClaimedJob,
  entityId: string | null,
  entityType: 'linkedSource' | 'linkedTarget',
): ConnectionKey => {
  const { envId, flowId, tenant } = job;
  if (entityId !== null) return { envId, flowId, tenant, entityType, entityId };
  return { envId, flowId, tenant, entityType: 'linkedConnector', entityId: job.connectorId ?? '' };
};

const targetKeyOf = (job: ClaimedJob): ConnectionKey | null =>
  job.target === null ? null : keyOf(job, job.target, 'linkedTarget');

const openOverride = (sealer: Sealer, job: ClaimedJob, what: 'source' | 'target'): JsonObject => {
  const sealed = what === 'source' ? job.overrideSourceConfig : job.overrideTargetConfig;
  return sealed === null ? {} : (sealer.open(sealed, overrideContext(job.envId, job.jobId, what)) as JsonObject);
};

const sourceOverrides = (sealer: Sealer, job: ClaimedJob): JsonObject => ({
  ...openOverride(sealer, job, 'source'),
  ...(job.overrideStartDate !== null && { start_date: job.overrideStartDate }),
  ...(job.overrideEndDate !== null && { end_date: job.overrideEndDate }),
});

const startState = (job: ClaimedJob, source: End | null): JsonObject | undefined =>
  job.syncType === 'incremental_sync' && !job.resetSourceState
    ? (source?.connection.bookmarks ?? undefined)
    : undefined;

/** `override_selected_tables` narrows the choice of streams, and leaves that of their fields. */
const fieldMapOf = (job: ClaimedJob, source: End | null): FieldMap | undefined => {
  const chosen = (job.overrideFieldMap ?? source?.connection.fieldMap ?? undefined) as FieldMap | undefined;
  if (job.overrideSelectedTables === null) return chosen;
  const streams = Object.keys(job.overrideSelectedTables).filter(
    (stream) => job.overrideSelectedTables?.[stream] === true,
  );
  return Object.fromEntries(streams.map((stream) => [stream, chosen?.[stream] ?? { name: stream, selected: ['*'] }]));
};

const openEnvironment = (sealer: Sealer, job: ClaimedJob): Record<string, string> => {
  const { environmentVariables: sealed } = job;
  return sealed === null
    ? {}
    : (sealer.open(sealed, overrideContext(job.envId, job.jobId, 'environment')) as Record<string, string>);
};
