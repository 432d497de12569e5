// Upstream never imports downstream. The rule checker must first prove that it looked: a checker that reads nothing
// finds nothing wrong.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkCode, checkPackages, checkRooms, danglingImports, isTestCode, roomOf } from './check-imports.ts';
import { CODE_TABLE, IMPORT_TABLE, PACKAGE_TABLE } from './import-table.ts';
import { parseModule, readModules, type Module } from './read-modules.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDERS = ['packages', 'connectors'];

let modules: Module[];
let planted: string;

beforeAll(async () => {
  modules = await readModules(ROOT, FOLDERS);
  planted = await mkdtemp(join(tmpdir(), 'bowline-imports-'));
});
afterAll(() => rm(planted, { recursive: true, force: true }));

const plant = async (files: Record<string, string>): Promise<Module[]> => {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(planted, path)), { recursive: true });
    await writeFile(join(planted, path), text);
  }
  const read = await readModules(planted, FOLDERS);
  await rm(join(planted, 'packages'), { recursive: true, force: true });
  return read;
};

const targetsOf = (path: string): string[] =>
  modules.find((module) => module.path === path)?.imports.map(({ target }) => target) ?? [];

describe('the checker looked', () => {
  test('it saw the house: files, rooms and edges', () => {
    const edges = modules.reduce((sum, { imports }) => sum + imports.length, 0);
    expect(modules.length).toBeGreaterThan(300);
    expect(edges).toBeGreaterThan(1_500);
    const rooms = new Set(modules.filter(({ path }) => !isTestCode(path)).map(({ path }) => roomOf(path)));
    for (const room of ['jobs', 'events', 'deliveries', 'egress', 'http', 'workers', 'house', 'main', 'receiver']) {
      expect(rooms).toContain(room);
    }
  });

  test('it found edges that are known to be there, and every one leads somewhere', () => {
    const server = 'packages/server/src';
    expect(targetsOf(`${server}/jobs/record-job-event.ts`)).toContain(`${server}/events/record-event.ts`);
    expect(targetsOf(`${server}/db/driver.ts`)).toContain('postgres');
    expect(targetsOf(`${server}/egress/connection.ts`)).toContain('undici');
    expect(danglingImports(modules)).toEqual([]);
  });

  test('it reads every form of import, and none out of comments and texts', () => {
    const source = [
      "import { a, type B } from './value.ts';",
      "import type { C } from './type.ts';",
      "import { type D, type E } from './types.ts';",
      "import './bare.ts';",
      "export { f } from './again.ts';",
      "const g = await import('./dynamic.ts');",
      "// import { x } from './comment.ts';",
      "/* import { x } from './block.ts'; */",
      'const text = "import { x } from \'./text.ts\'";',
      'const pattern = /import [\'"]/; const half = 1 / 2;',
      "const template = `import { x } from './template.ts' ${await import('./hole.ts')}`;",
      "import {\n  h,\n  // not './this.ts'\n  i,\n} from './lines.ts';",
    ].join('\n');
    const { imports } = parseModule('packages/server/src/lib/x.ts', source);
    expect(imports.map(({ specifier, typeOnly }) => `${specifier}${typeOnly ? ' type' : ''}`).sort()).toEqual(
      [
        './value.ts',
        './type.ts type',
        './types.ts type',
        './bare.ts',
        './again.ts',
        './dynamic.ts',
        './hole.ts',
        './lines.ts',
      ].sort(),
    );
  });

  test('a planted violation of each kind is caught', async () => {
    const server = 'packages/server/src';
    const tree = await plant({
      [`${server}/events/back.ts`]: "import { lane } from '../deliveries/lane/lane-of.ts';",
      [`${server}/observability/config.ts`]: "import { readConfig } from '../config/env.ts';",
      [`${server}/http/sends.ts`]: "import { pump } from '../deliveries/lane/pump.ts';",
      [`${server}/attic/new.ts`]: 'export const x = 1;',
      [`${server}/jobs/driver.ts`]: "import postgres from 'postgres';\nimport { fork } from 'node:child_process';",
      [`${server}/jobs/clock.ts`]: 'const now = new Date();\nconst home = process.env.HOME;',
      [`${server}/jobs/fine.ts`]: "import type { Row } from 'postgres';\nconst at = new Date(0); // Date.now()",
      'packages/receiver/src/own.ts': "import { ERRORS } from '@bowline/contract/errors';",
    });
    expect(checkRooms(tree, IMPORT_TABLE).map((complaint) => complaint.split(':')[0]?.split(' ')[0])).toEqual([
      'packages/receiver/src/own.ts',
      `${server}/attic/new.ts`,
      `${server}/events/back.ts`,
      `${server}/http/sends.ts`,
      `${server}/observability/config.ts`,
    ]);
    expect(checkPackages(tree, PACKAGE_TABLE)).toHaveLength(2);
    expect(checkCode(tree, CODE_TABLE).map((complaint) => complaint.split(';')[0])).toEqual([
      `${server}/jobs/clock.ts reads the environment`,
      `${server}/jobs/clock.ts reads the time`,
    ]);
  });
});

describe('the rules hold', () => {
  test('each room imports only what the table allows it', () => {
    expect(checkRooms(modules, IMPORT_TABLE)).toEqual([]);
  });

  test('driver, child processes, outgoing and incoming HTTP, logs and metrics stay in their rooms', () => {
    expect(checkPackages(modules, PACKAGE_TABLE)).toEqual([]);
  });

  test('the environment and the time are read in one file each', () => {
    expect(checkCode(modules, CODE_TABLE)).toEqual([]);
  });

  test('ARCHITECTURE.md shows the same table', async () => {
    const text = await readFile(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
    for (const [room, { may, types = [] }] of Object.entries(IMPORT_TABLE)) {
      const row = text.split('\n').find((line) => line.startsWith(`| \`${room}\` |`));
      const listed = [
        ...may.filter((name) => name !== '*').map((name) => `\`${name}\``),
        ...types.map((name) => `\`${name}\` (types)`),
      ];
      expect(row, `the row of ${room}`).toContain(
        `| ${may.includes('*') ? 'everything' : listed.join(', ') || 'nothing of ours'} |`,
      );
    }
  });
});
