// Tenants: who they are, the config and metadata that the team keeps with them, and how one is forgotten.
import { DomainError } from '@bowline/contract/errors';
import type { EntityType } from '@bowline/contract/subscriptions';
import type { Queryable, Tx } from '../db/types.ts';
import type { Clock } from '../lib/clock.ts';
import type { JsonObject } from './connection.ts';
import { unlinkConnection } from './unlink-connection.ts';

export const listTenants = async (sql: Queryable, envId: string): Promise<string[]> => {
  const rows = await sql<{ tenant: string }[]>`select tenant from tenants where env_id = ${envId} order by tenant`;
  return rows.map((row) => row.tenant);
};

const noTenant = (envId: string, tenant: string): DomainError =>
  new DomainError('not_found', `tenant: there is no tenant "${tenant}" in ${envId}`, { field: 'tenant' });

/** Unlinks everything with an event each, and forgets the tenant. The history of its jobs stays, until its age ends it. */
export const removeTenant = async (
  tx: Tx,
  clock: Clock,
  envId: string,
  tenant: string,
  changedBy: string,
): Promise<number[]> => {
  const gone = await tx`delete from tenants where env_id = ${envId} and tenant = ${tenant} returning 1`;
  if (gone.length === 0) throw noTenant(envId, tenant);
  const links = await tx<{ flowId: string; entityType: EntityType; entityId: string }[]>`
    select flow_id as "flowId", entity_type as "entityType", entity_id as "entityId"
    from connections c join flows f using (env_id, flow_id)
    where env_id = ${envId} and tenant = ${tenant} and removed_at is null
    order by flow_id, entity_type, entity_id`;
  const woken: number[] = [];
  for (const link of links) {
    const { webhookNos } = await unlinkConnection(tx, clock, { envId, tenant, ...link }, changedBy);
    woken.push(...webhookNos);
  }
  return woken;
};

type TenantRow = { config: JsonObject; metadata: JsonObject | null };

/** The two parts that we read have keys of their own; the rest is the team's. */
const wholeConfig = ({ config, metadata }: TenantRow): JsonObject => ({
  ...config,
  ...(metadata !== null && { hotglue_metadata: { metadata } }),
});

export const getTenantConfig = async (sql: Queryable, envId: string, tenant: string): Promise<JsonObject> => {
  const [row] = await sql<
    TenantRow[]
  >`select config, metadata from tenants where env_id = ${envId} and tenant = ${tenant}`;
  if (row === undefined) throw noTenant(envId, tenant);
  const config = wholeConfig(row);
  if (Object.keys(config).length === 0) {
    // Clients look for these words.
    throw new DomainError('not_found', `tenant: there is no config for the tenant "${tenant}"`, { field: 'tenant' });
  }
  return config;
};

const metadataIn = (config: JsonObject): JsonObject | null => {
  const part = config['hotglue_metadata'];
  if (part === undefined || part === null) return null;
  const metadata = (part as JsonObject)['metadata'] ?? null;
  if (typeof metadata === 'object' && !Array.isArray(metadata)) return metadata as JsonObject | null;
  throw new DomainError('bad_request', 'hotglue_metadata.metadata: must be an object', {
    field: 'hotglue_metadata.metadata',
  });
};

/** With `replace`, what is not sent is gone; else only the keys that are sent change. */
export const putTenantConfig = async (
  sql: Queryable,
  envId: string,
  tenant: string,
  sent: JsonObject,
  mode: 'replace' | 'merge',
): Promise<JsonObject> => {
  const metadata = metadataIn(sent);
  const { hotglue_metadata: _, ...config } = sent;
  const merge = mode === 'merge';
  const [row] = await sql<TenantRow[]>`
    insert into tenants as t (env_id, tenant, config, metadata)
    values (${envId}, ${tenant}, ${config as never}::jsonb, ${metadata as never}::jsonb)
    on conflict (env_id, tenant) do update
      set config = case when ${merge} then t.config || excluded.config else excluded.config end,
          metadata = case when ${merge} then coalesce(excluded.metadata, t.metadata) else excluded.metadata end
    returning config, metadata`;
  return row === undefined ? {} : wholeConfig(row);
};

export const putTenantMetadata = async (
  sql: Queryable,
  envId: string,
  tenant: string,
  metadata: JsonObject,
): Promise<void> => {
  await sql`
    insert into tenants (env_id, tenant, metadata) values (${envId}, ${tenant}, ${metadata as never}::jsonb)
    on conflict (env_id, tenant) do update set metadata = excluded.metadata`;
};

type MappingRow = { mapping: JsonObject | null };

export const getTenantMapping = async (sql: Queryable, envId: string, tenant: string): Promise<JsonObject> => {
  const [row] = await sql<MappingRow[]>`
    select config #> '{hotglue_mapping,mapping}' as mapping from tenants where env_id = ${envId} and tenant = ${tenant}`;
  if (row === undefined) throw noTenant(envId, tenant);
  return row.mapping ?? {};
};

/** Flows that are not named keep their mapping. */
export const putTenantMapping = async (
  sql: Queryable,
  envId: string,
  tenant: string,
  mapping: JsonObject,
): Promise<void> => {
  await sql`
    insert into tenants as t (env_id, tenant, config)
    values (${envId}, ${tenant}, jsonb_build_object('hotglue_mapping', jsonb_build_object('mapping', ${mapping as never}::jsonb)))
    on conflict (env_id, tenant) do update
      set config = jsonb_set(t.config, '{hotglue_mapping}', jsonb_build_object('mapping',
            coalesce(t.config #> '{hotglue_mapping,mapping}', '{}') || ${mapping as never}::jsonb))`;
};
