// The one setting: the folder that the files go to.
import { access, constants, mkdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Fatal } from './fatal.ts';

export type Config = { destination: string };

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const readConfig = async (path: string): Promise<Config> => {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new Fatal(`--config ${path} can't be read: ${error.message}`);
  });
  const config = parse(text);
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new Fatal(`--config ${path} must hold a JSON object`);
  }
  const given = (config as Record<string, unknown>)['destination_path'];
  if (typeof given !== 'string' || given === '') {
    throw new Fatal('config destination_path must be the folder to write to');
  }
  const destination = resolve(given);
  try {
    await mkdir(destination, { recursive: true });
    await access(destination, constants.W_OK);
  } catch (error) {
    throw new Fatal(`config destination_path: can't write to ${destination}: ${(error as Error).message}`);
  }
  return { destination };
};

export const about = (version: string) => ({
  name: 'target-jsonl',
  version,
  description: 'Appends records to one JSON Lines file per stream',
  capabilities: ['about'],
  settings: {
    type: 'object',
    required: ['destination_path'],
    properties: { destination_path: { type: 'string', description: 'The folder to write to; made when missing' } },
  },
});
