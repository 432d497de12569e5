// The settings of an environment, for those who act by them.
import { resolveSettings } from '@bowline/contract/environment-settings';
import type { EnvironmentSettings } from '@bowline/contract/environment-settings';
import type { Queryable } from '../db/types.ts';
import { noEnvironment } from '../environments/environment-store.ts';

/** Throws when there is no such environment. */
export const requireSettings = async (sql: Queryable, envId: string): Promise<EnvironmentSettings> => {
  const [row] = await sql<{ settings: Partial<EnvironmentSettings> }[]>`
    select settings from environments where env_id = ${envId}`;
  if (row === undefined) throw noEnvironment(envId);
  return resolveSettings(row.settings);
};
