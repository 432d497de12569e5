// The README's commands work as printed: each `sh` block is run in order against a real server, and what it answers is
// compared with the `json` block below it. Only the values of the first block's exports are replaced.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTestDatabase, type TestDatabase } from '../support/database.ts';
import { startReceiver, type TestReceiver } from '../support/receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

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

type Run = { answer: string; statuses: string[]; errors: string };

/** In a shell of its own, after the first block. The answer goes to stdout, the status of each call to stderr. */
const run = async (first: string, command: string): Promise<Run> => {
  const tell = `curl() { command curl -S -w '%{stderr}[HTTP %{http_code}]\\n' "$@"; }`;
  const shell = spawn('sh', ['-c', `set -eu\n${tell}\n${first}\n${command}`], { env: { PATH: process.env['PATH'] } });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  shell.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  shell.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  await once(shell, 'close');
  const errors = Buffer.concat(err).toString();
  const statuses = [...errors.matchAll(/\[HTTP (\d+)\]/g)].map((match) => match[1] ?? '');
  return { answer: Buffer.concat(out).toString(), statuses, errors };
};

const isShown = (answer: string, expected: unknown): boolean => {
  try {
    expect(JSON.parse(answer)).toEqual(shown(expected));
    return true;
  } catch {
    return false;
  }
};

/** A reader is slower than this test: what only reads is asked again until the first attempt has ended. */
const runAsRead = async (first: string, { command, answer }: Step): Promise<Run> => {
  let last = await run(first, command);
  if (/ -(?:d|X) /.test(command)) return last;
  await waitUntil('the answer that is shown', async () => {
    if (isShown(last.answer, answer)) return true;
    last = await run(first, command);
    return false;
  }).catch(() => undefined);
  return last;
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

  const first = ownValues(exports?.command ?? '');
  for (const step of steps) {
    expect(step.answer, `an answer is shown below:\n${step.command}`).not.toBeNull();
    const { answer, statuses, errors } = await runAsRead(first, step);
    const calls = step.command.match(/\bcurl\b/g)?.length ?? 0;
    expect(statuses, errors).toEqual(Array.from({ length: calls }, () => '200'));
    expect(JSON.parse(answer), step.command).toEqual(shown(step.answer));
  }
});
