// The README's examples run as printed: the server as a program of its own, and the test snippet against it.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { newSecret } from './sign.ts';
import { signRequest } from './sign-request.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map((match) => match[1] ?? '');

test('the node:http example receives a signed event', async () => {
  const example = examples.find((code) => code.includes('createServer')) ?? '';
  const secret = newSecret();
  const child = spawn(process.execPath, ['--input-type=module', '--eval', example], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { WEBHOOK_SECRET: secret, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const port = /listening on (\d+)/.exec((await lines.next()).value ?? '')?.[1];
    const body = JSON.stringify({ job_id: '16FzN', tenant: 'acme', status: 'JOB_COMPLETED' });
    const url = `http://127.0.0.1:${port}/`;
    const answer = await fetch(url, { method: 'POST', body, headers: signRequest({ secret, body }) });
    expect(answer.status).toBe(204);
    expect((await lines.next()).value).toBe('acme 16FzN JOB_COMPLETED');
  } finally {
    child.kill();
  }
});

test('every name that an example imports is there', async () => {
  const door: object = await import('./index.ts');
  const names = examples.flatMap((code) => /import \{ (.*?) \} from '@bowline/.exec(code)?.[1]?.split(', ') ?? []);
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !(name in door))).toEqual([]);
});
