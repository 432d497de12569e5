// Runs the tap as a host does: a real process, real files.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export const MAIN = join(import.meta.dirname, 'main.ts');
export type Json = Record<string, unknown>;

export const makeTapTester = () => {
  let dir = '';
  const put = async (name: string, content: unknown): Promise<string> => {
    const path = join(dir, name);
    await writeFile(path, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
    return path;
  };

  const run = async (args: string[]) => {
    const child = spawn(process.execPath, [MAIN, ...args]);
    const [[code], stdout, stderr] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
    const messages = () =>
      stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Json);
    const of = (type: string) => messages().filter((message) => message['type'] === type);
    return {
      code: code as number,
      stdout,
      stderr,
      types: () => messages().map((message) => message['type']),
      records: () => of('RECORD').map((message) => message['record'] as Json),
      schemas: () => of('SCHEMA'),
      state: () => of('STATE').at(-1)?.['value'] as Json,
    };
  };

  const runWith = async (config: Json, ...args: string[]) =>
    run(['--config', await put('config.json', config), ...args]);

  /** Reads one CSV with the entity `t`. */
  const tap = async (csv: string | Buffer, more: Json = {}, ...args: string[]) =>
    runWith({ files: [{ entity: 't', path: await put('t.csv', csv), keys: [], ...more }] }, ...args);

  return {
    setUp: async () => {
      dir = await mkdtemp(join(tmpdir(), 'tap-csv-'));
    },
    tearDown: () => rm(dir, { recursive: true, force: true }),
    inDir: (name: string) => join(dir, name),
    put,
    run,
    runWith,
    tap,
  };
};
