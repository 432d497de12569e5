// A node's start: reads the configuration, starts the house, and stops it in order when asked to.
import { ConfigError, readConfig } from '../config/env.ts';
import { readFlags } from '../config/read-flags.ts';
import { makeLogger } from '../observability/make-logger.ts';
import { runUntilStopped } from './run-until-stopped.ts';
import { startHouse } from './start-house.ts';

/** Resolves when the node has stopped. A failure is told on stderr, to the parent, and by the exit code. */
export const runNode = async (args: readonly string[]): Promise<void> => {
  try {
    const flags = readFlags(args);
    if ('help' in flags) {
      process.stdout.write(flags.help);
      return;
    }
    const config = readConfig(undefined, flags.settings);
    const logger = makeLogger({ level: config.logLevel });
    await runUntilStopped(config, logger, () => startHouse(config, logger));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.send?.({ type: 'failed', message });
    process.stderr.write(error instanceof ConfigError ? `${message}\n` : `bowline: ${message}\n`);
    process.exitCode = 1;
    process.disconnect?.();
  }
};
