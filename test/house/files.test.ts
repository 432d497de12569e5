// Rules about files: where they lie, how long they are, how they begin; and that every file of a secret's shape is a fixture.
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { JOB_STATUSES, isTerminal } from '@bowline/contract/job-lifecycle';
import { ROUTES } from '@bowline/contract/routes';
import { isTestCode } from './check-imports.ts';
import { readCode } from './read-code.ts';
import { listFiles } from './read-modules.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDERS = ['packages', 'connectors', 'bench', 'test', 'scripts', 'examples', 'docs'];
const MAX_LINES = 300;

let files: string[];
let sources: { path: string; text: string }[];

beforeAll(async () => {
  files = (await Promise.all(FOLDERS.map((folder) => listFiles(ROOT, folder)))).flat();
  const code = files.filter((path) => /\.(ts|tsx|mjs)$/.test(path));
  sources = await Promise.all(code.map(async (path) => ({ path, text: await readFile(join(ROOT, path), 'utf8') })));
});

/** Lines that hold code: neither blank nor comment, as the linter counts them. */
const linesOf = (text: string): number =>
  readCode(text)
    .text.split('\n')
    .filter((line) => line.trim() !== '').length;

describe('files', () => {
  test('the house was seen', () => {
    expect(sources.length).toBeGreaterThan(350);
    expect(linesOf('// one\n\nconst a = 1;\n/* two\n three */\nconst b = 2;\n')).toBe(2);
  });

  test('no file is longer than 300 lines', () => {
    const long = sources.filter(({ text }) => linesOf(text) > MAX_LINES).map(({ path }) => path);
    expect(long).toEqual([]);
  });

  test('names are in kebab-case', () => {
    const name = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|db\.test|config))?\.(ts|tsx|mjs|css)$/;
    expect(sources.map(({ path }) => path).filter((path) => !name.test(basename(path)))).toEqual([]);
  });

  test('the first line says why the file exists', () => {
    const silent = sources.filter(
      ({ path, text }) =>
        /^(packages|connectors|bench)\/.*src\//.test(path) &&
        !isTestCode(path) &&
        !/^(#!.*\n)?(\/\/ ?\S|\/\*)/.test(text),
    );
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  test('a test lies next to what it tests, or under test/', () => {
    const stray = files.filter((path) => {
      if (!/\.test\.tsx?$/.test(path) || path.startsWith('test/')) return false;
      return !/\/src\//.test(path) && !path.startsWith('examples/');
    });
    expect(stray).toEqual([]);
  });

  test('what looks like a secret is a fixture', async () => {
    const shapes = [
      /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]+/g,
      /\bwhs[ek][ck]?_[A-Za-z0-9+/]{32,}/g,
      /\bbwl_(?:sk|admin)_(?!([A-Za-z0-9])\1{31})[A-Za-z0-9]{32}\b/g,
      /\b(?:AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{36}|xox[abp]-[0-9A-Za-z-]{20,}|sk_live_[0-9A-Za-z]{20,})/g,
    ];
    // The test vectors that the makers of the schemes published.
    const published =
      (await readFile(join(ROOT, 'packages/receiver/src/fixtures/signatures.json'), 'utf8')).match(
        /wh[sp]\w{1,2}_[A-Za-z0-9+/]+/g,
      ) ?? [];
    expect(published.length).toBeGreaterThan(1);
    const top = (await readdir(ROOT)).filter((path) => /\.(md|json|ts)$/.test(path) && path !== 'package-lock.json');
    const suspects: string[] = [];
    for (const path of [...files, ...top]) {
      const text = await readFile(join(ROOT, path), 'utf8');
      const found = shapes.flatMap((shape) => text.match(shape) ?? []);
      if (found.some((secret) => !published.some((known) => secret.startsWith(known)))) suspects.push(path);
    }
    expect(suspects).toEqual([]);
  });
});

describe('the runtime', () => {
  test('tests run on the pinned Node', async () => {
    const root = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { dependencies: { node: string } };
    expect(root.dependencies.node).toMatch(/^24\./);
    expect(process.versions.node).toBe(root.dependencies.node);
  });

  test('what npm scripts run is there', async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = Object.values(scripts).flatMap((script) => script.match(/[\w/.-]+\.(?:ts|mjs)\b/g) ?? []);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const flags = JSON.parse(await readFile(join(ROOT, 'packages/server/node-flags.json'), 'utf8')) as string[];
    expect(scripts['server']).toBe(`node ${flags.join(' ')} packages/server/src/main.ts`);
  });
});

describe('the contract', () => {
  test('every status that ends a job contains FAILED or COMPLETE, and no other does', () => {
    for (const status of JOB_STATUSES)
      expect([status, /FAILED|COMPLETE/.test(status)]).toEqual([status, isTerminal(status)]);
  });

  test('every route has an id and a path of its own', () => {
    expect(ROUTES.length).toBeGreaterThan(80);
    expect(new Set(ROUTES.map(({ id }) => id)).size).toBe(ROUTES.length);
    expect(new Set(ROUTES.map(({ method, path }) => `${method} ${path}`)).size).toBe(ROUTES.length);
  });
});
