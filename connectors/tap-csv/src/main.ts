#!/usr/bin/env node
// tap-csv: a Singer tap for CSV and TSV files. A program of its own: it imports nothing of the house.
import { parseArgs } from 'node:util';
import { about } from './about.ts';
import { checkConfig, isObject, readJsonObject } from './config.ts';
import type { Config } from './config.ts';
import { discover } from './discover.ts';
import type { Catalog } from './discover.ts';
import { Fatal, log } from './fatal.ts';
import { makeOutput } from './output.ts';
import { sync } from './sync.ts';
import type { State } from './sync.ts';

const OPTIONS = {
  config: { type: 'string', short: 'c' },
  catalog: { type: 'string' },
  properties: { type: 'string', short: 'p' },
  state: { type: 'string', short: 's' },
  discover: { type: 'boolean', short: 'd' },
  about: { type: 'boolean' },
  format: { type: 'string' },
} as const;

const readArgs = () => {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    throw new Fatal((error as Error).message);
  }
};

const readCatalog = async (path: string | undefined, config: Config): Promise<Catalog> => {
  if (path === undefined) return discover(config);
  const catalog = await readJsonObject('--catalog', path);
  const streams = catalog['streams'];
  if (
    !Array.isArray(streams) ||
    !streams.every((stream) => isObject(stream) && typeof stream['tap_stream_id'] === 'string')
  ) {
    throw new Fatal(`--catalog ${path} must hold {"streams": [{"tap_stream_id", …}]}`);
  }
  return catalog as Catalog;
};

const readState = async (path: string | undefined): Promise<State> => {
  const state = path === undefined ? {} : await readJsonObject('--state', path);
  const bookmarks = state['bookmarks'] ?? {};
  if (!isObject(bookmarks)) throw new Fatal(`--state ${path}: bookmarks must be an object`);
  return { ...state, bookmarks };
};

const run = async (): Promise<void> => {
  const args = readArgs();
  const output = makeOutput(process.stdout);
  if (args.about === true) {
    output.write(`${JSON.stringify(about(), null, 2)}\n`);
    return output.settle();
  }
  if (args.config === undefined) throw new Fatal('--config FILE is missing');
  const config = await checkConfig(await readJsonObject('--config', args.config));
  if (args.discover === true) {
    output.write(`${JSON.stringify(await discover(config), null, 2)}\n`);
    return output.settle();
  }
  let stopped = false;
  // Asked to stop, it says where it stands and leaves with 0, as SDK taps do.
  process.once('SIGTERM', () => {
    stopped = true;
  });
  const catalog = await readCatalog(args.catalog ?? args.properties, config);
  const state = await readState(args.state);
  return sync({ config, catalog, state, output, stopped: () => stopped });
};

// A reader that went away is no mistake of ours, and there is no one left to tell.
process.stdout.on('error', () => process.exit(1));

try {
  await run();
} catch (error) {
  log('FATAL', error instanceof Fatal ? error.message : String((error as Error)?.stack ?? error));
  process.exitCode = 1;
}
