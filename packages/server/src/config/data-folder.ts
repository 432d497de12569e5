// The data folder and the private files in it: only the owner may look.
import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigError } from './env.ts';
import { parseSecretKey } from './parse-secret-key.ts';

export type DataFolder = { path: string; secretKeyFile: string; adminKeyFile: string };

/** Makes the folder (0700) when it isn't there; refuses a file in its place. */
export const openDataFolder = async (path: string): Promise<DataFolder> => {
  const full = resolve(path);
  try {
    const made = await mkdir(full, { recursive: true, mode: 0o700 });
    if (made !== undefined) await chmod(full, 0o700);
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new ConfigError(
      `BOWLINE_DATA: cannot make the folder ${full} (${reason}); choose one that you may write to`,
      { cause },
    );
  }
  return { path: full, secretKeyFile: join(full, 'secret-key'), adminKeyFile: join(full, 'admin-key') };
};

const writeWhole = async (file: string, text: string): Promise<void> => {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const temporaryName = (file: string): string => `${file}.${randomBytes(6).toString('hex')}.tmp`;

/** Writes a 0600 file that is either whole or not there; replaces an older one. */
export const writePrivateFile = async (file: string, text: string): Promise<void> => {
  const temporary = temporaryName(file);
  try {
    await writeWhole(temporary, text);
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
};

/** As writePrivateFile, but the first writer wins: of two nodes that start at once, both use one key. */
const writePrivateFileOnce = async (file: string, text: string): Promise<void> => {
  const temporary = temporaryName(file);
  try {
    await writeWhole(temporary, text);
    await link(temporary, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(temporary, { force: true });
  }
};

const readIfThere = async (file: string): Promise<string | null> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
};

/** The master key: the given one, or that of the data folder, made at the first start. */
export const loadSecretKey = async (given: Buffer | null, file: string): Promise<Buffer> => {
  if (given !== null) return given;
  if ((await readIfThere(file)) === null) await writePrivateFileOnce(file, `${randomBytes(32).toString('base64')}\n`);
  const key = parseSecretKey((await readIfThere(file)) ?? '');
  if (key === null) {
    throw new ConfigError(
      `BOWLINE_SECRET_KEY: is not set, and ${file} holds no key of 32 bytes; restore that file, or set the variable to the key that was used`,
    );
  }
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0) await chmod(file, 0o600);
  return key;
};
