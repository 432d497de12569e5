// Flows in the table, and what must be true of one before it is written.
import { DomainError } from '@bowline/contract/errors';
import type { FlowBody } from '@bowline/contract/integration/flow-routes';
import type { Queryable, Tx } from '../db/types.ts';
import type { Connector, ConnectorRole } from './connector.ts';
import { findConnectors } from './connector-store.ts';
import type { Flow } from './flow.ts';
import { noEnvironment } from '../environments/environment-store.ts';
import { requireEnvironment } from '../environments/require-environment.ts';

const columns = (sql: Queryable) => sql`
  f.env_id as "envId", f.flow_id as "flowId", f.name, f.description, f.version, f.taps, f.targets, f.connectors, f.runner, f.etl,
  f.limits, f.created_at as "createdAt", f.updated_at as "updatedAt"`;

export const listFlows = async (sql: Queryable, envId: string): Promise<Flow[]> => {
  await requireEnvironment(sql, envId);
  return sql<Flow[]>`select ${columns(sql)} from flows f where f.env_id = ${envId} order by f.created_at, f.flow_id`;
};

/** One statement tells both apart: no such environment, no such flow. */
export const requireFlow = async (sql: Queryable, envId: string, flowId: string): Promise<Flow> => {
  const [row] = await sql<Flow[]>`
    select ${columns(sql)} from environments e left join flows f on f.env_id = e.env_id and f.flow_id = ${flowId}
    where e.env_id = ${envId}`;
  if (row === undefined) throw noEnvironment(envId);
  if (row.flowId === null) {
    throw new DomainError('not_found', `flow_id: there is no flow "${flowId}" in ${envId}`, { field: 'flow_id' });
  }
  return row;
};

export const findFlow = async (sql: Queryable, envId: string, flowId: string): Promise<Flow | null> => {
  const [row] = await sql<
    Flow[]
  >`select ${columns(sql)} from flows f where f.env_id = ${envId} and f.flow_id = ${flowId}`;
  return row ?? null;
};

/** Writes a flow; `created` says whether it was new. */
export const putFlow = async (
  tx: Tx,
  envId: string,
  flowId: string,
  body: FlowBody,
): Promise<{ flow: Flow; created: boolean }> => {
  await checkFlow(tx, envId, body);
  const [row] = await tx<(Flow & { created: boolean })[]>`
    insert into flows as f (env_id, flow_id, name, description, version, taps, targets, connectors, runner, etl, limits)
    values (${envId}, ${flowId}, ${body.name}, ${body.description}, ${body.version}, ${body.taps}::text[], ${body.targets}::text[],
            ${body.connectors}::text[], ${body.runner}, ${body.etl as never}::jsonb, ${body.limits as never}::jsonb)
    on conflict (env_id, flow_id) do update
      set name = excluded.name, description = excluded.description, taps = excluded.taps, targets = excluded.targets,
          connectors = excluded.connectors, runner = excluded.runner, etl = excluded.etl, limits = excluded.limits, updated_at = now()
      where f.version = excluded.version
    returning ${columns(tx)}, f.xmax = 0 as created`;
  if (row === undefined) {
    throw new DomainError('conflict', 'version: the version of a flow cannot change; create another flow', {
      field: 'version',
    });
  }
  const { created, ...flow } = row;
  return { flow, created };
};

const checkFlow = async (tx: Tx, envId: string, body: FlowBody): Promise<void> => {
  await requireEnvironment(tx, envId);
  if (body.version === 1 && body.connectors.length > 0) {
    throw new DomainError(
      'bad_request',
      'connectors: a flow of version 1 has taps and targets; use those, or version 2',
      { field: 'connectors' },
    );
  }
  const found = new Map<string, Connector>();
  for (const one of await findConnectors(tx, envId, [...body.taps, ...body.targets, ...body.connectors]))
    found.set(one.connectorId, one);
  checkEntities(envId, body, 'taps', 'source', found);
  checkEntities(envId, body, 'targets', 'target', found);
  checkEntities(envId, body, 'connectors', null, found);
};

const checkEntities = (
  envId: string,
  body: FlowBody,
  field: 'taps' | 'targets' | 'connectors',
  role: ConnectorRole | null,
  found: ReadonlyMap<string, Connector>,
): void => {
  for (const [at, id] of body[field].entries()) {
    const where = `${field}[${at}]`;
    const connector = found.get(id);
    if (connector === undefined) {
      const fix = `register it with PUT /api/v1/environments/${envId}/connectors/${encodeURIComponent(id)}`;
      throw new DomainError('bad_request', `${where}: there is no connector "${id}" in ${envId}; ${fix}`, {
        field: where,
      });
    }
    if (role !== null && !connector.roles.includes(role)) {
      throw new DomainError(
        'bad_request',
        `${where}: connector "${id}" is no ${role}; its roles are ${connector.roles.join(', ')}`,
        {
          field: where,
        },
      );
    }
    if (body.runner === 'bowline' && 'external' in connector.program) {
      throw new DomainError(
        'bad_request',
        `${where}: connector "${id}" runs elsewhere; give it a program, or the flow "runner": "external"`,
        {
          field: where,
        },
      );
    }
  }
};

export const deleteFlow = async (tx: Tx, envId: string, flowId: string): Promise<void> => {
  await requireFlow(tx, envId, flowId);
  const [use] = await tx<{ linked: boolean; busy: boolean }[]>`
    select exists (select from connections c where c.env_id = ${envId} and c.flow_id = ${flowId} and c.removed_at is null) as linked,
           exists (select from jobs j where j.env_id = ${envId} and j.flow_id = ${flowId} and not j.finished) as busy`;
  if (use?.linked === true)
    throw new DomainError('conflict', `flow_id: tenants have linked flow ${flowId}; unlink them first`, {
      field: 'flow_id',
    });
  if (use?.busy === true)
    throw new DomainError('conflict', `flow_id: jobs of flow ${flowId} run; wait or cancel them first`, {
      field: 'flow_id',
    });
  await tx`delete from flows where env_id = ${envId} and flow_id = ${flowId}`;
};
