// The connectors of an environment: registered ones from the table, shipped ones from the code.
import { DomainError } from '@bowline/contract/errors';
import type { Queryable, Tx } from '../db/types.ts';
import { SHIPPED_CONNECTORS } from './connector.ts';
import type { Connector } from './connector.ts';

type Row = Omit<Connector, 'shipped'>;

const columns = (sql: Queryable) => sql`
  connector_id as "connectorId", label, domain, type, roles, program, install_uri as "installUri"`;

const withShipped = (rows: readonly Row[], ids: readonly string[] | null): Connector[] => {
  const own = rows.map((row) => ({ ...row, shipped: false }));
  const taken = new Set(own.map((connector) => connector.connectorId));
  const rest = SHIPPED_CONNECTORS.filter(
    ({ connectorId }) => !taken.has(connectorId) && (ids === null || ids.includes(connectorId)),
  );
  return [...own, ...rest];
};

export const listConnectors = async (sql: Queryable, envId: string): Promise<Connector[]> => {
  const rows = await sql<Row[]>`select ${columns(sql)} from connectors where env_id = ${envId} order by connector_id`;
  return withShipped(rows, null);
};

/** Those of the ids that exist, in no certain order. */
export const findConnectors = async (sql: Queryable, envId: string, ids: readonly string[]): Promise<Connector[]> => {
  if (ids.length === 0) return [];
  const rows = await sql<Row[]>`
    select ${columns(sql)} from connectors where env_id = ${envId} and connector_id = any (${ids as string[]}::text[])`;
  return withShipped(rows, ids);
};

export const getConnector = async (sql: Queryable, envId: string, connectorId: string): Promise<Connector> => {
  const [connector] = await findConnectors(sql, envId, [connectorId]);
  if (connector === undefined) {
    throw new DomainError('not_found', `connector_id: there is no connector "${connectorId}" in ${envId}`, {
      field: 'connector_id',
    });
  }
  return connector;
};

export const putConnector = async (
  tx: Tx,
  envId: string,
  connector: Omit<Connector, 'shipped'>,
): Promise<Connector> => {
  await refuseLostRole(tx, envId, connector);
  await tx`
    insert into connectors (env_id, connector_id, label, domain, type, roles, program, install_uri)
    values (${envId}, ${connector.connectorId}, ${connector.label}, ${connector.domain}, ${connector.type},
            ${connector.roles}::text[], ${connector.program as never}::jsonb, ${connector.installUri})
    on conflict (env_id, connector_id) do update
      set label = excluded.label, domain = excluded.domain, type = excluded.type, roles = excluded.roles,
          program = excluded.program, install_uri = excluded.install_uri, updated_at = now()`;
  return { ...connector, shipped: false };
};

const refuseLostRole = async (
  tx: Tx,
  envId: string,
  { connectorId, roles }: Omit<Connector, 'shipped'>,
): Promise<void> => {
  const [flow] = await tx<{ flowId: string; role: string }[]>`
    select flow_id as "flowId", case when ${connectorId} = any (taps) then 'source' else 'target' end as role
    from flows
    where env_id = ${envId}
      and (${connectorId} = any (taps) and not 'source' = any (${roles}::text[])
        or ${connectorId} = any (targets) and not 'target' = any (${roles}::text[]))
    limit 1`;
  if (flow !== undefined) {
    throw new DomainError(
      'conflict',
      `roles: flow ${flow.flowId} uses ${connectorId} as a ${flow.role}; keep that role`,
      { field: 'roles' },
    );
  }
};

export const deleteConnector = async (tx: Tx, envId: string, connectorId: string): Promise<void> => {
  const [flow] = await tx<{ flowId: string }[]>`
    select flow_id as "flowId" from flows
    where env_id = ${envId} and (${connectorId} = any (taps) or ${connectorId} = any (targets) or ${connectorId} = any (connectors))
    limit 1`;
  const isShipped = SHIPPED_CONNECTORS.some((one) => one.connectorId === connectorId);
  if (flow !== undefined && !isShipped) {
    throw new DomainError(
      'conflict',
      `connector_id: flow ${flow.flowId} uses ${connectorId}; take it out of the flow first`,
      {
        field: 'connector_id',
      },
    );
  }
  const gone = await tx`delete from connectors where env_id = ${envId} and connector_id = ${connectorId} returning 1`;
  if (gone.length > 0) return;
  if (isShipped) {
    throw new DomainError('conflict', `connector_id: ${connectorId} ships with Bowline and cannot be deleted`, {
      field: 'connector_id',
    });
  }
  throw new DomainError('not_found', `connector_id: there is no connector "${connectorId}" in ${envId}`, {
    field: 'connector_id',
  });
};
