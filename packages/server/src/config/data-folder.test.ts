import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadSecretKey, openDataFolder, writePrivateFile } from './data-folder.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bowline-data-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

test('the folder is made for its owner only', async () => {
  const folder = await openDataFolder(join(root, 'a', 'b'));
  expect(await modeOf(folder.path)).toBe(0o700);
});

test('a file in the place of the folder is told with the variable', async () => {
  await writeFile(join(root, 'file'), '');
  await expect(openDataFolder(join(root, 'file'))).rejects.toThrow(/BOWLINE_DATA/);
});

test('the master key is made once, kept, and private', async () => {
  const { secretKeyFile } = await openDataFolder(root);
  const keys = await Promise.all([1, 2, 3].map(() => loadSecretKey(null, secretKeyFile)));
  expect(keys[0]).toHaveLength(32);
  expect(keys[1]).toEqual(keys[0]);
  expect(keys[2]).toEqual(keys[0]);
  expect(await modeOf(secretKeyFile)).toBe(0o600);
  await chmod(secretKeyFile, 0o644);
  expect(await loadSecretKey(null, secretKeyFile)).toEqual(keys[0]);
  expect(await modeOf(secretKeyFile)).toBe(0o600);
});

test('a given key wins, a broken file is told and not replaced', async () => {
  const { secretKeyFile } = await openDataFolder(root);
  await writeFile(secretKeyFile, 'broken');
  const given = Buffer.alloc(32, 1);
  expect(await loadSecretKey(given, secretKeyFile)).toBe(given);
  await expect(loadSecretKey(null, secretKeyFile)).rejects.toThrow(/BOWLINE_SECRET_KEY/);
  expect(await readFile(secretKeyFile, 'utf8')).toBe('broken');
});

test('a private file is replaced as a whole and is private', async () => {
  const file = join(root, 'admin-key');
  await writePrivateFile(file, 'one');
  await writePrivateFile(file, 'two');
  expect(await readFile(file, 'utf8')).toBe('two');
  expect(await modeOf(file)).toBe(0o600);
});
