// The database that the house stands on: the operator's own, or the embedded one in the data folder; migrated.
import type { Config } from '../config/env.ts';
import { connectDatabase } from '../db/connect.ts';
import { startEmbedded } from '../db/embedded/start-embedded.ts';
import { migrate } from '../db/migrate.ts';
import type { Connection, Sql } from '../db/types.ts';
import type { Logger } from '../observability/make-logger.ts';

export type OpenDatabase = { sql: Sql; connection: Connection; description: string };

/** What it opens is closed by the stack, in reverse order. */
export const openDatabase = async (
  config: Config,
  dataFolder: string,
  logger: Logger,
  stack: AsyncDisposableStack,
): Promise<OpenDatabase> => {
  const { connection, description } = await connectionOf(config, dataFolder, logger, stack);
  const database = stack.use(
    await connectDatabase({
      connection,
      maxConnections: config.databaseConnections,
      applicationName: 'bowline',
      onNotice: (message) => logger.debug({ message }, 'database notice'),
    }),
  );
  const applied = await migrate(database.sql);
  if (applied.length > 0) logger.info({ applied }, 'database migrated');
  return { sql: database.sql, connection, description };
};

const connectionOf = async (
  config: Config,
  dataFolder: string,
  logger: Logger,
  stack: AsyncDisposableStack,
): Promise<{ connection: Connection; description: string }> => {
  if (config.databaseUrl !== null) return { connection: { url: config.databaseUrl }, description: 'DATABASE_URL' };
  const embedded = stack.use(
    await startEmbedded({ dataDir: dataFolder, log: (message) => logger.info(message), keepRunning: true }),
  );
  const { version, attached } = embedded;
  return {
    connection: embedded.connection,
    description: `embedded PostgreSQL ${version}${attached ? ', found running' : ''}`,
  };
};
