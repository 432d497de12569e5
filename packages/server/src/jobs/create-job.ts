// A new job of a flow: queued for Bowline's runner, or awaiting the reports of another.
import type { EnvironmentSettings } from '@bowline/contract/environment-settings';
import { DomainError } from '@bowline/contract/errors';
import type { SyncType } from '@bowline/contract/integration/event-bodies';
import type { JobOptions } from '@bowline/contract/integration/job-routes';
import { normaliseFieldMap } from '../connections/connection.ts';
import { listLinkedEntities } from '../connections/read-connections.ts';
import type { Queryable, Tx } from '../db/types.ts';
import { newJobId, newTaskId } from '../lib/ids.ts';
import { insertJob } from './insert-job.ts';
import { overrideContext } from './job.ts';
import type { Job } from './job.ts';
import type { MoveDeps } from './move-job.ts';
import { overrideWebhookNo } from './override-webhook.ts';
import type { OverrideDeps } from './override-webhook.ts';
import { resolveEnds } from './resolve-ends.ts';
import type { Ends, EndsRequest } from './resolve-ends.ts';
import { defaultJobName, s3RootOf } from './s3-root.ts';

type FlowFacts = EndsRequest['flow'] & { envId: string };

export type JobRequest = {
  flow: FlowFacts;
  tenant: string;
  settings: EnvironmentSettings;
  options: JobOptions;
  wanted:
    | { version: 1; tap?: string | null | undefined; target?: string | null | undefined }
    | { version: 2; connectorId: string; jobType: 'READ' | 'WRITE' };
  /** Started by linking, not by a caller. */
  auto?: boolean;
  /** Where the connector comes from, by its id. */
  installUriOf: (connectorId: string) => string | null;
};

export type CreateDeps = MoveDeps & OverrideDeps;

const ID_TRIES = 3;

export const createJob = async (
  tx: Tx,
  deps: CreateDeps,
  request: JobRequest,
): Promise<{ job: Job; webhookNos: number[] }> => {
  const { flow, tenant, options } = request;
  if (options.streaming_job === true && flow.runner === 'bowline') {
    throw new DomainError('bad_request', "streaming_job: Bowline's own runner does not stream; leave it out", {
      field: 'streaming_job',
    });
  }
  checkVariables(options.environment_variables ?? {});
  const linked = await listLinkedEntities(tx, flow.envId, flow.flowId, tenant);
  const ends = resolveEnds({ flow, tenant, linked, ...request.wanted });
  if (options.ignore_parallel_jobs !== true) await refuseParallel(tx, request, ends);
  const webhookNo = await overrideWebhookNo(tx, deps, flow.envId, options.override_lifecycle_webhook);
  const source = ends.tap ?? ends.connectorId;
  const hasState = linked.some(
    (one) => one.entityId === source && one.entityType !== 'linkedTarget' && one.hasBookmarks,
  );
  const syncType = syncTypeOf(request, ends, hasState);
  for (let tries = 0; tries < ID_TRIES; tries++) {
    const created = await insertJob(tx, deps, newJob(deps, request, ends, syncType, webhookNo));
    if (created !== null) return created;
  }
  // The flow was read before this transaction; it may have changed since.
  throw new DomainError('conflict', `flow_id: flow ${flow.flowId} changed while the job was created; try again`, {
    field: 'flow_id',
  });
};

/** Names by which a variable would change the program that is run, and not only what it reads. */
const RESERVED = /^(PATH|HOME|TMPDIR|IFS|ENV|BASH_ENV|SHELLOPTS|(LD|DYLD|NODE|PYTHON|PERL|RUBY|GIT|npm)_?.*)$/i;

const checkVariables = (variables: Record<string, string>): void => {
  const bad = Object.keys(variables).find((name) => RESERVED.test(name));
  if (bad === undefined) return;
  const field = `environment_variables.${bad}`;
  throw new DomainError('bad_request', `${field}: this name is reserved; choose another`, { field });
};

const syncTypeOf = ({ auto, settings, options }: JobRequest, ends: Ends, hasState: boolean): SyncType => {
  if (auto === true) return 'auto_sync';
  const fresh = settings.force_full_sync || options.reset_source_state === true || Boolean(options.override_start_date);
  return hasState && !fresh && ends.jobType !== 'WRITE' ? 'incremental_sync' : 'full_sync';
};

/** Callers of the same connection queue up at the lock, so that of two at once one sees the other's job. */
const refuseParallel = async (tx: Tx, { flow, tenant }: JobRequest, ends: Ends): Promise<void> => {
  const name = JSON.stringify([flow.envId, flow.flowId, tenant, ends]);
  await tx`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`;
  const [running] = await findRunning(tx, flow, tenant, ends);
  if (running === undefined) return;
  const message = `job ${running.jobId} of this connection is ${running.status}; wait for it, cancel it, or send ignore_parallel_jobs: true`;
  throw new DomainError('parallel_job', message, { field: 'ignore_parallel_jobs' });
};

const findRunning = (
  sql: Queryable,
  flow: FlowFacts,
  tenant: string,
  ends: Ends,
): Promise<{ jobId: string; status: string }[]> => sql`
  select job_id as "jobId", status from jobs
  where env_id = ${flow.envId} and flow_id = ${flow.flowId} and tenant = ${tenant} and not finished
    and tap is not distinct from ${ends.tap}::text and target is not distinct from ${ends.target}::text
    and connector_id is not distinct from ${ends.connectorId}::text and job_type is not distinct from ${ends.jobType}::text
  limit 1`;

const newJob = (deps: CreateDeps, request: JobRequest, ends: Ends, syncType: SyncType, webhookNo: number | null) => {
  const { flow, tenant, options } = request;
  const { envId, flowId } = flow;
  const jobId = newJobId();
  const micros = deps.clock.nowMicros();
  const ms = Math.floor(micros / 1000);
  const source = ends.tap ?? ends.connectorId;
  const seal = (value: unknown, what: 'source' | 'target' | 'environment') =>
    value ? deps.sealer.seal(value, overrideContext(envId, jobId, what)) : null;
  return {
    envId,
    jobId,
    flowId,
    tenant,
    ...ends,
    syncType,
    jobName: options.job_name || defaultJobName(flowId, source, ms),
    startedBy: tenant,
    s3Root: s3RootOf(tenant, flowId, jobId, ms),
    startMicros: micros,
    lastMicros: micros,
    runner: flow.runner,
    taskId: newTaskId(),
    state: options.state,
    overrideStartDate: options.override_start_date,
    overrideEndDate: options.override_end_date,
    overrideFieldMap: options.override_field_map ? normaliseFieldMap(options.override_field_map) : null,
    overrideSelectedTables: options.override_selected_tables,
    overrideSourceConfig: seal(options.override_source_config, 'source'),
    overrideTargetConfig: seal(options.override_target_config, 'target'),
    overrideWebhookNo: webhookNo,
    discoverInstallUri: source === null ? null : request.installUriOf(source),
    environmentVariables: seal(options.environment_variables, 'environment'),
    resetSourceState: options.reset_source_state === true,
    streamingJob: options.streaming_job === true,
  };
};
