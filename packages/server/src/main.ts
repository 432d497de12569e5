// The entry: reads the configuration, starts the house, and stops it in order when asked to.
import { ConfigError, readConfig } from './config/env.ts';
import { startHouse } from './house/start-house.ts';
import { runUntilStopped } from './house/run-until-stopped.ts';
import { makeLogger } from './observability/make-logger.ts';

try {
  const config = readConfig();
  const logger = makeLogger({ level: config.logLevel });
  await runUntilStopped(config, logger, () => startHouse(config, logger));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.send?.({ type: 'failed', message });
  process.stderr.write(error instanceof ConfigError ? `${message}\n` : `bowline: ${message}\n`);
  process.exitCode = 1;
  process.disconnect?.();
}
