// The command as it is typed: a process of its own, with files and stdin.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { newSecret, signRequest } from '@bowline/receiver';
import { afterAll, beforeAll, expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, '../main.ts');
const secret = newSecret();
const body = JSON.stringify({ job_id: '16FzN', message: 'Größe' });

let folder: string;
let secretFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bowline-verify-'));
  secretFile = join(folder, 'secret');
  await writeFile(secretFile, `${secret}\n`);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const headersOf = (more: object = {}): string[] =>
  Object.entries(signRequest({ secret, body, ...more })).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);

const run = async (args: readonly string[], stdin: string) => {
  const child = spawn(process.execPath, [MAIN, 'verify', ...args], {
    stdio: 'pipe',
    env: { PATH: process.env['PATH'] },
  });
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.stdin.end(stdin);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
};

test('says for each signature whether it holds, and why not', async () => {
  const good = await run(['--secret-file', secretFile, ...headersOf()], body);
  expect(good).toMatchObject({ code: 0, err: '' });
  expect(good.out.match(/✓/g)).toHaveLength(3);

  const changed = await run(['--secret-file', secretFile, ...headersOf()], `${body} `);
  expect(changed.code).toBe(1);
  expect(changed.out.match(/✗ .*\[no_match\]/g)).toHaveLength(3);

  const noSignature = await run(['--secret-file', secretFile, '--header', 'webhook-id: evt_1'], body);
  expect(noSignature).toMatchObject({ code: 1, out: '' });
  expect(noSignature.err).toMatch(/^bowline: --header: none of .*\n$/);
});

test('an old capture is told from a wrong signature', async () => {
  const old = headersOf({ timestamp: 1_700_000_000 });
  const refused = await run(['--secret-file', secretFile, ...old], body);
  expect(refused.code).toBe(1);
  expect(refused.out).toMatch(/✗ webhook-signature: .*\[too_old\].*--any-age/);
  expect(await run(['--secret-file', secretFile, '--any-age', ...old], body)).toMatchObject({ code: 0 });
});

test('the secret never comes from the command line, and errors are one line', async () => {
  expect((await run([...headersOf()], body)).err).toMatch(/^bowline: .*--secret-file.*\n$/);
  const missing = await run(['--secret-file', join(folder, 'nothing'), ...headersOf()], body);
  expect(missing.err).toMatch(/^bowline: --secret-file: .* can't be read \(ENOENT\)\n$/);
});
