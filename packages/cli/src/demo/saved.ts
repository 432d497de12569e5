// What `up` keeps about the demo in the data folder (0600): its key and secrets, so that the receiver can verify what
// comes after a restart. The API shows secrets only once.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError, codeOf } from '../cli-error.ts';
import type { DemoWebhook } from './steps/create-webhooks.ts';

export type Saved = { envKey: string; webhooks: DemoWebhook[]; finished: boolean };

const fileIn = (dataFolder: string): string => join(dataFolder, 'demo.json');

export const readSaved = async (dataFolder: string): Promise<Saved | null> => {
  const file = fileIn(dataFolder);
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Saved;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw new CliError(`${file} can't be read; remove it, and new secrets are made for the demo's webhooks`);
  }
};

export const writeSaved = async (dataFolder: string, saved: Saved): Promise<void> => {
  const file = fileIn(dataFolder);
  await writeFile(`${file}.new`, `${JSON.stringify(saved, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
};
