// In which flows a tenant has linked something.
import type { Queryable } from '../db/types.ts';

export const listLinkedFlowIds = async (sql: Queryable, envId: string, tenant: string): Promise<string[]> => {
  const rows = await sql<{ flowId: string }[]>`
    select distinct c.flow_id as "flowId" from flows f join connections c using (env_id, flow_id)
    where f.env_id = ${envId} and c.tenant = ${tenant} and c.removed_at is null`;
  return rows.map((row) => row.flowId);
};
