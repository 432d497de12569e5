// A node's life from outside: says when it is ready, stops in order at SIGTERM, SIGINT or when its parent is gone.
import type { Config } from '../config/env.ts';
import type { Logger } from '../observability/make-logger.ts';
import type { House } from './start-house.ts';

const EXIT_AFTER_MS = 1_000;

/** Resolves when everything is closed. A second signal, or a stop that takes too long, ends the process at once. */
export const runUntilStopped = async (config: Config, logger: Logger, start: () => Promise<House>): Promise<void> => {
  const stop = stopRequest();
  // Whoever read our output may be gone (`| head`); that is no reason to stop sending.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  for (const name of config.unknownVariables) logger.warn({ name }, 'this variable is not known; a typing error?');
  const house = await start();
  tellReady(house, config, logger);
  const why = await stop;
  logger.info({ why }, 'stopping');
  process.once('SIGTERM', () => process.exit(1));
  process.once('SIGINT', () => process.exit(1));
  const late = setTimeout(() => {
    logger.error(
      `not stopped within ${config.shutdownSeconds} s; ending now, and what was under way goes on at the next start`,
    );
    process.exit(1);
  }, config.shutdownSeconds * 1000);
  await house[Symbol.asyncDispose]();
  clearTimeout(late);
  logger.info('stopped');
  // What a broken connection left behind must not keep the process: everything of ours is closed.
  setTimeout(() => process.exit(), EXIT_AFTER_MS).unref();
  if (process.connected) process.disconnect();
};

const stopRequest = (): Promise<string> =>
  new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
    process.once('disconnect', () => resolve('the parent process is gone'));
  });

const tellReady = (house: House, config: Config, logger: Logger): void => {
  const { url, dataFolder, adminKeyFile, database } = house;
  logger.info({ url, roles: config.roles, database, dataFolder }, 'ready');
  if (process.send !== undefined) {
    process.send({ type: 'ready', url, dataFolder, adminKeyFile, database, firstRun: house.newAdminKey !== null });
    return;
  }
  if (house.newAdminKey === null) return;
  process.stdout.write(`Admin key (shown once, kept in ${adminKeyFile}): ${house.newAdminKey}\n`);
};
