// The way of an event is seven stations, and each says where it stands: whoever opens one file finds the next.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { isTestCode } from './check-imports.ts';
import { readModules, type Module } from './read-modules.ts';

const ROOT = join(import.meta.dirname, '../..');
const SERVER = 'packages/server/src';

/** In order. `named` is what the neighbours call it. */
const STATIONS = [
  { path: `${SERVER}/jobs/move-job.ts`, named: 'jobs/move-job' },
  { path: `${SERVER}/events/record-event.ts`, named: 'events/record-event' },
  { path: `${SERVER}/deliveries/lane/dispatcher.ts`, named: 'deliveries/lane' },
  { path: `${SERVER}/deliveries/attempt/make-attempt.ts`, named: 'deliveries/attempt' },
  { path: `${SERVER}/egress/post.ts`, named: 'egress/post' },
  { path: `${SERVER}/deliveries/settle/settle-turn.ts`, named: 'deliveries/settle' },
  { path: 'packages/receiver/src/verify.ts', named: 'verify' },
] as const;

const firstComment = (text: string): string => {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('//'));
  return lines
    .slice(0, end)
    .map((line) => line.replace(/^\/\/ ?/, ''))
    .join(' ');
};

let modules: Module[];
beforeAll(async () => {
  modules = await readModules(ROOT, ['packages']);
});

describe('each station says where it stands', () => {
  test.each(STATIONS.map(({ path }, index) => [index + 1, path] as const))('station %i: %s', async (number, path) => {
    const comment = firstComment(await readFile(join(ROOT, path), 'utf8'));
    expect(comment).toContain(`Station ${number} of ${STATIONS.length}`);
    const [before, after] = [STATIONS[number - 2], STATIONS[number]];
    if (before !== undefined)
      expect(comment).toMatch(new RegExp(`before:? [^.]*${before.named}|after ${before.named}`, 'i'));
    if (after !== undefined) expect(comment).toMatch(new RegExp(`after: [^.]*${after.named}`, 'i'));
  });

  test('no other file claims to be one', async () => {
    const claims: string[] = [];
    for (const { path } of modules.filter((module) => !isTestCode(module.path))) {
      if (/^Station \d/.test(firstComment(await readFile(join(ROOT, path), 'utf8')))) claims.push(path);
    }
    expect(claims.sort()).toEqual(STATIONS.map(({ path }) => path).sort());
  });
});

/** The modules that one module leads to by its imports, types left out. */
const reachableFrom = (path: string): Set<string> => {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const seen = new Set<string>();
  const visit = (at: string): void => {
    for (const { target, typeOnly } of byPath.get(at)?.imports ?? []) {
      if (typeOnly || seen.has(target)) continue;
      seen.add(target);
      visit(target);
    }
  };
  visit(path);
  return seen;
};

describe('the chain is whole', () => {
  const [move, record, lane, attempt, post, settle] = STATIONS.map(({ path }) => path) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];

  test('a move records its event, and sees nothing further down', () => {
    const seen = reachableFrom(move);
    expect(seen).toContain(record);
    expect([...seen].filter((path) => /\/(deliveries|egress)\//.test(path))).toEqual([]);
  });

  test('the lane attempts and settles, and sees nothing further up', () => {
    const seen = reachableFrom(lane);
    expect(seen).toContain(attempt);
    expect(seen).toContain(settle);
    expect([...seen].filter((path) => /\/(jobs|discovers|connections|runner|http)\//.test(path))).toEqual([]);
  });

  test('an attempt is given its post: the room that sends knows no webhook', () => {
    expect(reachableFrom(attempt)).not.toContain(post);
    expect(
      [...reachableFrom(post)].filter((path) => path.startsWith(SERVER) && !path.startsWith(`${SERVER}/egress/`)),
    ).toEqual([]);
    expect(reachableFrom(`${SERVER}/house/start-house.ts`)).toContain(post);
  });

  test('the server signs with the code that the receiver verifies with', () => {
    const makers = [...reachableFrom(`${SERVER}/house/start-house.ts`)].filter(
      (path) => path === '@bowline/receiver/sign',
    );
    expect(makers).toHaveLength(1);
    expect(reachableFrom('packages/receiver/src/verify.ts')).toContain('packages/receiver/src/sign.ts');
  });
});
