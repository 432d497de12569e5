// What the documents name exists, and what they show is what is sent: a document that lies is worse than none.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { EVENT_BODIES } from '@bowline/contract/integration/event-bodies';
import { ROUTES } from '@bowline/contract/routes';
import { subscriptionOf } from '@bowline/receiver';
import { ROLES, VARIABLES } from '../../packages/server/src/config/variables.ts';
import { listFiles } from './read-modules.ts';

const ROOT = join(import.meta.dirname, '../..');
const TOP = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'];
/** Written with measured figures when the benchmark has run. */
type Document = { path: string; text: string; code: string[] };

let documents: Document[];
let paths: string[];
let words: Set<string>;

const read = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8');

beforeAll(async () => {
  const folders = await Promise.all(
    ['packages', 'connectors', 'bench', 'test', 'scripts', 'docs'].map((folder) => listFiles(ROOT, folder)),
  );
  paths = folders.flat();
  const markdown = [...TOP, ...paths.filter((path) => path.endsWith('.md') && path.startsWith('docs/'))];
  documents = await Promise.all(
    markdown.map(async (path) => {
      const text = await read(path);
      const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '');
      return { path, text, code: [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '') };
    }),
  );
  const sources = paths.filter((path) => /\.(ts|mjs|sql)$/.test(path) && !path.startsWith('test/house/'));
  const texts = await Promise.all([...sources, 'package.json'].map(read));
  words = new Set(texts.flatMap((text) => text.match(/[A-Za-z_$][\w$]*/g) ?? []));
});

const codeIn = (pattern: RegExp): string[] =>
  documents.flatMap(({ path, code }) =>
    code.filter((one) => pattern.test(one) && !isThere(one)).map((one) => `${path}: ${one}`),
  );

/** A whole path from the root, or the end of one: `own-lanes.ts`, `http/errors.ts`. `x.` stands for any name. */
const isThere = (path: string): boolean =>
  path.startsWith('x.') || existsSync(join(ROOT, path)) || paths.some((known) => known.endsWith(`/${path}`));

describe('what documents name exists', () => {
  test('they were read', () => {
    expect(documents.length).toBeGreaterThan(18);
    expect(documents.reduce((sum, { code }) => sum + code.length, 0)).toBeGreaterThan(300);
  });

  test('files and folders', () => {
    expect(codeIn(/^[\w./-]+\.(?:ts|sql|mjs)$/)).toEqual([]);
    expect(codeIn(/^(?:packages|connectors|bench|test|scripts|docs|\.ci)\/[\w./-]*$/)).toEqual([]);
  });

  test('links', () => {
    const dead = documents.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)]
        .map((match) => posix.join(dirname(path), match[1] ?? ''))
        .filter((target) => !existsSync(join(ROOT, target)))
        .map((target) => `${path}: ${target}`),
    );
    expect(dead).toEqual([]);
  });

  test('symbols: camelCase names, as a word of the sources', () => {
    const named = documents.flatMap(({ path, code }) =>
      code
        .filter((one) => /^[a-z]+(?:[A-Z][a-z0-9]*)+(?:\(\))?$/.test(one))
        .map((one) => ({ path, name: one.replace('()', '') })),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter(({ name }) => !words.has(name))).toEqual([]);
  });

  test('variables', () => {
    const known = new Set([...Object.keys(VARIABLES), 'BOWLINE_KEEP_DB']);
    const unknown = documents.flatMap(({ path, text }) =>
      [...text.matchAll(/\bBOWLINE_[A-Z_]+\b/g)]
        .filter(([name]) => !known.has(name))
        .map(([name]) => `${path}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  test('commands: npm scripts and those of the cli', async () => {
    const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> };
    const commands = paths.filter((path) => path.startsWith('packages/cli/src/commands/'));
    const known = (await Promise.all(commands.map(read))).flatMap((text) =>
      [...text.matchAll(/new Command\('([\w-]+)'\)/g)].map((match) => match[1]),
    );
    for (const { path, text } of documents) {
      for (const [, name = ''] of text.matchAll(/\bnpm run ([\w:-]+)/g)) expect(scripts, path).toHaveProperty([name]);
      for (const [, name] of text.matchAll(/\bnpx bowline ([a-z-]+)/g)) expect(known, path).toContain(name);
    }
  });

  test('routes of our own paths', () => {
    const known = ROUTES.map(({ path }) => path.replaceAll(/:\w+/g, '{}'));
    const named = documents.flatMap(({ path, text }) =>
      [...text.matchAll(/\/api\/v1\/[\w/{}.-]*[\w}]/g)].map(([route]) => ({
        path,
        route: route.replaceAll(/\{\w+\}/g, '{}').replace('/environments/dev.acme.com', '/environments/{}'),
      })),
    );
    const unknown = named.filter(({ route }) => {
      const asPattern = new RegExp(`^${route.replaceAll('{}', '[^/]+')}$`);
      return !known.some((path) => path === route || asPattern.test(path) || matches(path, route));
    });
    expect(named.length).toBeGreaterThan(8);
    expect(unknown).toEqual([]);
  });

  test('every table of the schema is in ARCHITECTURE.md, and no other', async () => {
    const tables = [...(await read('packages/server/src/db/schema.sql')).matchAll(/^create table (\w+)/gm)].map(
      (match) => match[1],
    );
    const section = (await read('ARCHITECTURE.md')).split('## The tables')[1]?.split('\n## ')[0] ?? '';
    const shown = [...section.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);
    expect(new Set(shown)).toEqual(new Set(tables));
    expect(shown).toHaveLength(tables.length);
  });

  test('every role is explained', async () => {
    const guide = await read('docs/guides/operating.md');
    for (const role of ROLES) expect(guide).toContain(`| \`${role}\` |`);
  });

  test('decisions are numbered without gaps and listed', async () => {
    const pages = paths
      .filter((path) => /^docs\/decisions\/\d{4}-/.test(path))
      .map((path) => path.slice('docs/decisions/'.length));
    const index = await read('docs/decisions/README.md');
    for (const [at, page] of pages.entries()) {
      const number = String(at + 1).padStart(4, '0');
      expect(page).toMatch(new RegExp(`^${number}-[a-z0-9-]+\\.md$`));
      expect(index).toContain(`[${number}](${page})`);
      const title = (await read(`docs/decisions/${page}`)).split('\n')[0] ?? '';
      expect(title).toBe(`# ${number} ${title.slice(7)}`);
      expect(index).toContain(`| ${title.slice(7)} |`);
    }
  });
});

/** `/environments/dev.acme.com/flows/crm` is one of `/environments/{}/flows/{}`. */
const matches = (pattern: string, route: string): boolean => {
  const [wanted, given] = [pattern.split('/'), route.split('/')];
  return wanted.length === given.length && wanted.every((part, at) => part === '{}' || part === given[at]);
};

describe('what documents say', () => {
  test('none cites line numbers', () => {
    const cites = /\.(?:ts|tsx|sql|mjs|json)(?::\d+|#L\d+)|\blines? \d+\b/;
    expect(documents.filter(({ text }) => cites.test(text)).map(({ path }) => path)).toEqual([]);
  });

  test('the three payloads of the README are what is sent: every key, in order', async () => {
    const section = (await read('README.md')).split('## The three payloads')[1]?.split('\n## ')[0] ?? '';
    const payloads = [...section.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(
      (match) => JSON.parse(match[1] ?? '') as unknown,
    );
    const seen = payloads.map((payload) => subscriptionOf(payload as Parameters<typeof subscriptionOf>[0]));
    expect(seen).toEqual(['job_lifecycle', 'discover', 'connection']);
    for (const [index, subscription] of seen.entries()) {
      if (subscription === null) throw new Error('no subscription');
      const schema = EVENT_BODIES[subscription];
      expect(Object.keys(payloads[index] as object)).toEqual(Object.keys(schema.shape));
      expect(JSON.stringify(schema.strict().parse(payloads[index]))).toBe(JSON.stringify(payloads[index]));
    }
  });
});
