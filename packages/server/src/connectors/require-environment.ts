// The answer to a call that names an environment which isn't there.
import { DomainError } from '@bowline/contract/errors';
import { resolveSettings } from '@bowline/contract/environment-settings';
import type { EnvironmentSettings } from '@bowline/contract/environment-settings';
import type { Queryable } from '../db/types.ts';

export const noEnvironment = (envId: string): DomainError =>
  new DomainError('not_found', `env_id: there is no environment "${envId}"`, { field: 'env_id' });

/** Its settings; throws when there is no such environment. */
export const requireEnvironment = async (sql: Queryable, envId: string): Promise<EnvironmentSettings> => {
  const [row] = await sql<{ settings: Partial<EnvironmentSettings> }[]>`select settings from environments where env_id = ${envId}`;
  if (row === undefined) throw noEnvironment(envId);
  return resolveSettings(row.settings);
};
