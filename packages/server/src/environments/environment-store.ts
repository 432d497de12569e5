// Environments in the database: made, read, changed.
import type { EnvironmentAnswer } from '@bowline/contract/management/environments';
import { resolveSettings, type EnvironmentSettings } from '@bowline/contract/environment-settings';
import { DomainError } from '@bowline/contract/errors';
import type { Queryable, Tx } from '../db/types.ts';
import { isUniqueViolation } from '../lib/pg-error.ts';
import { wireTime } from '../lib/wire-time.ts';

type SparseSettings = Partial<EnvironmentSettings>;
type EnvironmentRow = {
  envId: string;
  name: string;
  settings: SparseSettings;
  retentionDays: number;
  createdAt: string;
};

const columns = (sql: Queryable) =>
  sql`env_id as "envId", name, settings, retention_days as "retentionDays", created_at as "createdAt"`;

const toAnswer = (row: EnvironmentRow): EnvironmentAnswer => ({
  env_id: row.envId,
  name: row.name,
  settings: resolveSettings(row.settings),
  retention_days: row.retentionDays,
  created_at: wireTime(row.createdAt),
});

export const noEnvironment = (envId: string): DomainError =>
  new DomainError('not_found', `env_id: there is no environment "${envId}"`, { field: 'env_id' });

/** Absent is what was not given; zod leaves `undefined` behind for optional fields. */
const given = (settings: { [K in keyof SparseSettings]: SparseSettings[K] | undefined } = {}): SparseSettings =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));

export type NewEnvironment = {
  envId: string;
  name: string;
  settings: Parameters<typeof given>[0];
  retentionDays: number | undefined;
};

export const insertEnvironment = async (tx: Tx, environment: NewEnvironment): Promise<EnvironmentAnswer> => {
  const { envId, name, settings, retentionDays } = environment;
  try {
    const [row] = await tx<EnvironmentRow[]>`
      insert into environments (env_id, name, settings, retention_days)
      values (${envId}, ${name}, ${tx.json(given(settings) as never)}, ${retentionDays ?? 30})
      returning ${columns(tx)}`;
    if (row === undefined) throw new Error('insert returned no row');
    return toAnswer(row);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new DomainError('already_exists', `env_id: the environment "${envId}" exists already`, { field: 'env_id' });
  }
};

export const listEnvironments = async (sql: Queryable): Promise<EnvironmentAnswer[]> => {
  const rows = await sql<EnvironmentRow[]>`select ${columns(sql)} from environments order by env_id`;
  return rows.map(toAnswer);
};

export const getEnvironment = async (sql: Queryable, envId: string): Promise<EnvironmentAnswer> => {
  const [row] = await sql<EnvironmentRow[]>`select ${columns(sql)} from environments where env_id = ${envId}`;
  if (row === undefined) throw noEnvironment(envId);
  return toAnswer(row);
};

export type EnvironmentPatch = {
  name?: string | undefined;
  settings?: NewEnvironment['settings'];
  retention_days?: number | undefined;
};

/** Settings are merged by key: what is not given stays. */
export const updateEnvironment = async (
  sql: Queryable,
  envId: string,
  patch: EnvironmentPatch,
): Promise<EnvironmentAnswer> => {
  const [row] = await sql<EnvironmentRow[]>`
    update environments set
      name = coalesce(${patch.name ?? null}, name),
      settings = settings || ${sql.json(given(patch.settings) as never)},
      retention_days = coalesce(${patch.retention_days ?? null}, retention_days)
    where env_id = ${envId}
    returning ${columns(sql)}`;
  if (row === undefined) throw noEnvironment(envId);
  return toAnswer(row);
};
