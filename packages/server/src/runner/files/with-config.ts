// Lends a program its config as a private file: read back afterwards, since taps store rotated tokens there, and gone
// when the run is over.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../program.ts';
import type { ProgramLogs } from '../logs/program-logs.ts';
import type { JsonObject, Surroundings } from '../program.ts';
import { usableIdentity } from '../spawn/harden.ts';
import { readPlainFile, writePrivateFile } from './private-file.ts';

const MAX_BYTES = 4 * 1024 * 1024;

export type ConfigChange = {
  /** The config as the program left it; only there when it differs. */
  configAfter?: JsonObject;
};

const readChange = async (path: string, before: JsonObject, warn: (text: string) => void): Promise<ConfigChange> => {
  const text = await readPlainFile(path, MAX_BYTES);
  try {
    const after: unknown = JSON.parse(text ?? '');
    if (isObject(after)) return isDeepStrictEqual(after, before) ? {} : { configAfter: after };
  } catch {
    // Told below.
  }
  warn('the config file was left unreadable; what it changed is lost');
  return {};
};

export const withConfig = async <Result>(
  { jobDir, identity }: Pick<Surroundings, 'jobDir' | 'identity'>,
  { logs, file, config }: { logs: ProgramLogs; file: string; config: JsonObject },
  run: (path: string) => Promise<Result>,
): Promise<[Result, ConfigChange]> => {
  const path = join(jobDir, file);
  try {
    await writePrivateFile(path, JSON.stringify(config), usableIdentity(identity));
    const result = await run(path);
    return [result, await readChange(path, config, logs.say)];
  } finally {
    await rm(path, { force: true });
  }
};
