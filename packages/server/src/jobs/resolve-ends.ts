// Which source and target a new job joins: as named by the caller, else the only one that the tenant has linked. Pure.
import { DomainError } from '@bowline/contract/errors';
import type { JobType } from '@bowline/contract/integration/event-bodies';
import type { EntityType } from '@bowline/contract/subscriptions';

export type Ends = { tap: string | null; target: string | null; connectorId: string | null; jobType: JobType | null };

export type EndsRequest = {
  flow: {
    flowId: string;
    version: 1 | 2;
    runner: 'bowline' | 'external';
    taps: string[];
    targets: string[];
    connectors: string[];
  };
  tenant: string;
  linked: readonly { entityType: EntityType; entityId: string }[];
} & (
  | { version: 1; tap?: string | null | undefined; target?: string | null | undefined }
  | { version: 2; connectorId: string; jobType: JobType }
);

type Choice = {
  field: 'tap' | 'target' | 'connector_id';
  kind: string;
  offered: readonly string[];
  linked: readonly string[];
  named: string | null | undefined;
};

const refuse = (code: 'bad_request' | 'not_found', field: string, message: string): DomainError =>
  new DomainError(code, `${field}: ${message}`, { field });

const choose = (choice: Choice, request: EndsRequest): string | null =>
  choice.named ? checkNamed(choice, choice.named, request) : chooseOnly(choice, request);

const checkNamed = ({ field, kind, offered, linked }: Choice, named: string, { flow, tenant }: EndsRequest): string => {
  const elsewhere = flow.runner === 'external';
  if (elsewhere && offered.length === 0) return named;
  if (!offered.includes(named)) {
    const list = offered.length === 0 ? 'it has none' : `it has ${offered.join(', ')}`;
    throw refuse('not_found', field, `flow ${flow.flowId} has no ${kind} "${named}"; ${list}`);
  }
  if (elsewhere || linked.includes(named)) return named;
  throw refuse('not_found', field, `tenant "${tenant}" has not linked "${named}" in flow ${flow.flowId}`);
};

const chooseOnly = ({ field, kind, offered, linked }: Choice, { flow, tenant }: EndsRequest): string | null => {
  const elsewhere = flow.runner === 'external';
  const candidates = elsewhere && linked.length === 0 ? offered : linked;
  if (candidates.length === 1) return candidates[0] ?? null;
  if (elsewhere) return null;
  if (candidates.length === 0)
    throw refuse(
      'bad_request',
      field,
      `tenant "${tenant}" has linked no ${kind} in flow ${flow.flowId}; link one first`,
    );
  throw refuse('bad_request', field, `tenant "${tenant}" has linked several; name one of ${candidates.join(', ')}`);
};

const linkedAs = ({ linked }: EndsRequest, type: EntityType): string[] =>
  linked.filter((one) => one.entityType === type).map((one) => one.entityId);

/** Throws a DomainError that names the field when it is not clear, or not there. */
export const resolveEnds = (request: EndsRequest): Ends => {
  const { flow } = request;
  if (flow.version !== request.version) {
    const path =
      flow.version === 2 ? 'POST /v2/{env}/{flow}/{tenant}/jobs with connector_id' : 'POST /{env}/{flow}/{tenant}/jobs';
    throw refuse('bad_request', 'flow_id', `flow ${flow.flowId} is of version ${flow.version}: use ${path}`);
  }
  const targets: Choice = {
    field: 'target',
    kind: 'target',
    offered: flow.targets,
    linked: linkedAs(request, 'linkedTarget'),
    named: null,
  };
  if (request.version === 2) {
    const connectors = {
      offered: flow.connectors,
      linked: linkedAs(request, 'linkedConnector'),
      named: request.connectorId,
    };
    const connectorId = choose({ field: 'connector_id', kind: 'connector', ...connectors }, request);
    // What a read of version 2 brings stays in the artifacts, unless the tenant has linked a target to send it to.
    const hasTarget = request.jobType === 'READ' && targets.linked.length === 1;
    return { tap: null, target: hasTarget ? (targets.linked[0] ?? null) : null, connectorId, jobType: request.jobType };
  }
  const taps: Choice = {
    field: 'tap',
    kind: 'source',
    offered: flow.taps,
    linked: linkedAs(request, 'linkedSource'),
    named: request.tap,
  };
  return {
    tap: choose(taps, request),
    target: choose({ ...targets, named: request.target }, request),
    connectorId: null,
    jobType: null,
  };
};
