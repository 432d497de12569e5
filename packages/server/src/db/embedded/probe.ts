// Looks whether the server of a cluster runs and lets us in.
import { realpath } from 'node:fs/promises';
import { openDriver } from '../driver.ts';
import type { ConnectionParts } from '../types.ts';
import { codeOf, EmbeddedError } from './embedded-error.ts';
import { SUPERUSER } from './init-cluster.ts';
import { isServerOf } from './postmaster-pid.ts';
import type { PostmasterNote } from './postmaster-pid.ts';

export const DATABASE = 'bowline';

export type Probe =
  | { readonly state: 'ready'; readonly connection: ConnectionParts; readonly version: string }
  /** It lives, but is starting, recovering or stopping. */
  | { readonly state: 'busy' }
  | { readonly state: 'gone' };

export const probeServer = async (cluster: string, password: string, note: PostmasterNote): Promise<Probe> => {
  // Where there is a socket it lies in the cluster's folder, also when that folder was moved.
  const host = note.socketFolder === '' ? '127.0.0.1' : cluster;
  const connection = { host, port: note.port, user: SUPERUSER, password, database: DATABASE };
  try {
    return await ask(cluster, connection);
  } catch (error) {
    if (codeOf(error) === '3D000') {
      await createDatabase({ ...connection, database: 'postgres' });
      return { state: 'busy' };
    }
    if (codeOf(error) === '28P01' && (await isServerOf(note.pid, cluster))) {
      throw new EmbeddedError(
        `The running database in ${cluster} refuses the password in the data folder's file postgres-password. Restore that file, or set DATABASE_URL.`,
        { cause: error },
      );
    }
    return { state: (await isServerOf(note.pid, cluster)) ? 'busy' : 'gone' };
  }
};

const ask = async (cluster: string, connection: ConnectionParts): Promise<Probe> => {
  await using driver = open(connection);
  const [row] = await driver.sql<{ folder: string; version: string }[]>`
    select current_setting('data_directory') as folder, current_setting('server_version') as version`;
  const folder = row === undefined ? '' : await realpath(row.folder).catch(() => row.folder);
  // Another program's server took the port meanwhile. (By a socket in the cluster's folder it can only be ours.)
  if (row === undefined || (folder !== cluster && connection.host !== cluster)) return { state: 'gone' };
  return { state: 'ready', connection, version: row.version };
};

const createDatabase = async (connection: ConnectionParts): Promise<void> => {
  await using driver = open(connection);
  await driver.sql`create database ${driver.sql(DATABASE)}`.catch((error: unknown) => {
    // Another start created it at the same instant.
    if (!['42P04', '23505'].includes(codeOf(error))) throw error;
  });
};

const open = (connection: ConnectionParts) => {
  const sql = openDriver(connection, {
    max: 1,
    applicationName: 'bowline start',
    connectTimeoutSeconds: 5,
    fetchTypes: false,
    noBackoff: true,
  });
  return { sql, [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }) };
};
