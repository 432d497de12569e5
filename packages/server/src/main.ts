// The entry: reads the configuration, starts the house, and stops it in order when asked to.
import { ConfigError, readConfig } from './config/env.ts';
import { readFlags } from './config/read-flags.ts';
import { startHouse } from './house/start-house.ts';
import { runUntilStopped } from './house/run-until-stopped.ts';
import { makeLogger } from './observability/make-logger.ts';

try {
  const flags = readFlags(process.argv.slice(2));
  if ('help' in flags) process.stdout.write(flags.help);
  else {
    const config = readConfig(undefined, flags.settings);
    const logger = makeLogger({ level: config.logLevel });
    await runUntilStopped(config, logger, () => startHouse(config, logger));
  }
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.send?.({ type: 'failed', message });
  process.stderr.write(error instanceof ConfigError ? `${message}\n` : `bowline: ${message}\n`);
  process.exitCode = 1;
  process.disconnect?.();
}
