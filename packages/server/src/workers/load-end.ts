// One end of a run, source or target, made ready: its program, and the config that counts.
import { openConfig } from '../connections/connection.ts';
import type { Connection, ConnectionKey, JsonObject } from '../connections/connection.ts';
import { findConnection, followSymlink } from '../connections/read-connections.ts';
import { getConnector } from '../connectors/connector-store.ts';
import { resolveProgram } from '../connectors/resolve-program.ts';
import type { RunnableProgram } from '../connectors/resolve-program.ts';
import type { Sql } from '../db/types.ts';
import type { Sealer } from '../lib/seal.ts';

export type End = {
  program: RunnableProgram;
  /** What the program gets: the connection's own, with the overrides of the run. */
  config: JsonObject;
  connection: Connection;
  /** Whose config it is: the connection, or where its symlink points. */
  configOwner: ConnectionKey;
};

/** Throws an error with a message for people when something is gone meanwhile. */
export const loadEnd = async (
  sql: Sql,
  sealer: Sealer,
  key: ConnectionKey,
  overrides: JsonObject = {},
): Promise<End> => {
  const connection = await findConnection(sql, key);
  if (connection === null) throw new Error(`${key.entityId} is no longer linked`);
  const owner = await followSymlink(sql, connection);
  const program = resolveProgram(await getConnector(sql, key.envId, key.entityId));
  if (program === null) throw new Error(`connector ${key.entityId} has no program that could run here`);
  return { program, config: { ...openConfig(sealer, owner), ...overrides }, connection, configOwner: owner };
};
