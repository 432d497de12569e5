// A list of nothing and a list of an environment that does not exist are told apart.
import { DomainError } from '@bowline/contract/errors';
import type { Queryable } from '../../db/types.ts';

export const requireEnvironment = async (sql: Queryable, envId: string): Promise<void> => {
  const found = await sql`select from environments where env_id = ${envId}`;
  if (found.length === 0) throw new DomainError('not_found', `There is no environment ${envId}`, { field: 'env_id' });
};
