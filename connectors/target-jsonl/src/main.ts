#!/usr/bin/env node
// target-jsonl: a Singer target that appends each stream to a JSON Lines file. A program of its own: it imports nothing
// of the house.
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { about, readConfig } from './config.ts';
import { Fatal, log } from './fatal.ts';
import { makeLoader } from './load.ts';
import type { Loader } from './load.ts';
import { splitLines } from './split-lines.ts';
import { makeStreamFiles } from './stream-files.ts';

const OPTIONS = {
  config: { type: 'string', short: 'c' },
  about: { type: 'boolean' },
  format: { type: 'string' },
  version: { type: 'boolean' },
} as const;

const readArgs = () => {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    throw new Fatal((error as Error).message);
  }
};

const readAll = async (loader: Loader): Promise<void> => {
  let stopped = false;
  // Asked to stop, it stores what it has and tells that state, as SDK targets do.
  process.once('SIGTERM', () => {
    stopped = true;
    process.stdin.destroy();
  });
  try {
    const lines = splitLines(loader.take);
    for await (const chunk of process.stdin) await lines.push(chunk as Buffer);
    await lines.end();
  } catch (error) {
    if (!stopped || error instanceof Fatal) throw error;
  }
};

const run = async (): Promise<void> => {
  const args = readArgs();
  if (args.version === true) return console.log(`target-jsonl ${packageJson.version}`);
  if (args.about === true) return console.log(JSON.stringify(about(packageJson.version), null, 2));
  if (args.config === undefined) throw new Fatal('--config FILE is missing');
  const { destination } = await readConfig(args.config);
  const files = makeStreamFiles(destination);
  const loader = makeLoader(files);
  try {
    await readAll(loader);
  } finally {
    // Also after a bad line: what came before it is kept, and its state is true.
    await files.sync();
    const state = loader.state();
    if (state !== undefined) process.stdout.write(`${state.toString('utf8')}\n`);
    await files.close();
  }
  log(
    'INFO',
    `METRIC: ${JSON.stringify({ type: 'counter', metric: 'record_count', value: loader.records(), tags: {} })}`,
  );
};

try {
  await run();
} catch (error) {
  log('FATAL', error instanceof Fatal ? error.message : String((error as Error)?.stack ?? error));
  process.exitCode = 1;
}
