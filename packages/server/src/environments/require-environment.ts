// The refusal of calls that name an environment that isn't there.
import type { Queryable } from '../db/types.ts';
import { noEnvironment } from './environment-store.ts';

export const requireEnvironment = async (sql: Queryable, envId: string): Promise<void> => {
  const rows = await sql`select from environments where env_id = ${envId}`;
  if (rows.length === 0) throw noEnvironment(envId);
};
