// The README's commands work as printed: each `sh` block is run in order, in one shell, against a real server, and what
// it answers is compared with the `json` block below it. Only the values of the first block's exports are replaced.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTestDatabase, type TestDatabase } from '../support/database.ts';
import { startReceiver, type TestReceiver } from '../support/receiver.ts';

const ROOT = join(import.meta.dirname, '../..');

type Step = { command: string; answer: unknown };

let database: TestDatabase;
let receiver: TestReceiver;
let folder: string;
let server: ChildProcess;
let url: string;

beforeAll(async () => {
  database = await makeTestDatabase();
  receiver = await startReceiver();
  receiver.answer = () => 404;
  folder = await mkdtemp(join(tmpdir(), 'bowline-readme-'));
  await chmod(folder, 0o711);
  server = spawn(process.execPath, [join(ROOT, 'packages/server/src/main.ts')], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      BOWLINE_DATA: folder,
      DATABASE_URL: database.url,
      BOWLINE_PORT: '0',
      BOWLINE_EGRESS_ALLOW: `127.0.0.1:${receiver.port}`,
    },
  });
  const [message] = (await once(server, 'message')) as [{ type: string; url: string }];
  expect(message.type).toBe('ready');
  url = message.url;
});

afterAll(async () => {
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  await ended;
  await receiver[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The `sh` blocks with the `json` block that follows each, if one does before the next `sh` block. */
const readSteps = (text: string): Step[] => {
  const steps: Step[] = [];
  for (const [, kind, body = ''] of text.matchAll(/^```(sh|json)\n([\s\S]*?)^```$/gm)) {
    const last = steps.at(-1);
    if (kind === 'sh') steps.push({ command: body, answer: null });
    else if (last?.answer === null) last.answer = JSON.parse(body);
  }
  return steps;
};

/** The same exports with the test's values: what a reader's own surroundings would differ in. */
const ownValues = (command: string): string => {
  const values: Record<string, string> = {
    BOWLINE: url,
    KEY: `$(cat ${folder}/admin-key)`,
    HOOK: receiver.url,
  };
  const names = [...command.matchAll(/^export (\w+)=.*$/gm)].map((match) => match[1] ?? '');
  expect(names).toEqual(Object.keys(values));
  return command.replaceAll(/^export (\w+)=.*$/gm, (_, name: string) => `export ${name}=${values[name]}`);
};

const MARK = '--- next ---';

/** Answers go to stdout, one part for each step; the status of each call to stderr. */
const run = async (commands: readonly string[]): Promise<{ parts: string[]; statuses: string[]; errors: string }> => {
  const tell = `curl() { command curl -S -w '%{stderr}[HTTP %{http_code}]\\n' "$@"; }\n`;
  const script = `set -eu\n${tell}${commands.map((command) => `${command}\necho\necho '${MARK}'\n`).join('')}`;
  const shell = spawn('sh', ['-c', script], { env: { PATH: process.env['PATH'] } });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  shell.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  shell.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  await once(shell, 'close');
  const errors = Buffer.concat(err).toString();
  return {
    parts: Buffer.concat(out).toString().split(MARK).map((part) => part.trim()),
    statuses: [...errors.matchAll(/\[HTTP (\d+)\]/g)].map((match) => match[1] ?? ''),
    errors,
  }; // prettier-ignore
};

/** The README shows a part of an answer, with `…` for what differs each time. */
const shown = (value: unknown): unknown => {
  if (typeof value === 'string' && value.includes('…')) {
    const parts = value.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
    return expect.stringMatching(new RegExp(`^${parts.join('.+')}$`));
  }
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return expect.objectContaining(Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shown(one)])));
};

test('the commands of the README work as printed and answer what it shows', async () => {
  const text = await readFile(join(ROOT, 'README.md'), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith('By hand')) ?? '';
  const [exports, ...steps] = readSteps(section);
  expect(steps.length).toBeGreaterThanOrEqual(7);
  expect(text.match(/^```sh$/gm)).toHaveLength(steps.length + 1);

  const { parts, statuses, errors } = await run([
    ownValues(exports?.command ?? ''),
    ...steps.map(({ command }) => command),
  ]);
  const calls = steps.reduce((sum, { command }) => sum + (command.match(/\bcurl\b/g)?.length ?? 0), 0);
  expect(statuses, errors).toEqual(Array.from({ length: calls }, () => '200'));
  for (const [index, { command, answer }] of steps.entries()) {
    expect(answer, `an answer is shown below:\n${command}`).not.toBeNull();
    expect(JSON.parse(parts[index + 1] ?? ''), command).toEqual(shown(answer));
  }
});
