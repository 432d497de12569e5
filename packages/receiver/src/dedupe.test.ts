// Bounded, oldest out first.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeSeen } from './dedupe.ts';

test('tells new from known, and forgets on request', () => {
  const seen = makeSeen({ limit: 10 });
  expect(seen.has('a')).toBe(false);
  expect(seen.add('a')).toBe(true);
  expect(seen.add('a')).toBe(false);
  expect(seen.has('a')).toBe(true);
  seen.forget('a');
  expect(seen.has('a')).toBe(false);
});

test('keeps the last ids and no more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.uniqueArray(fc.string(), { maxLength: 60 }), (limit, ids) => {
      const seen = makeSeen({ limit });
      for (const id of ids) seen.add(id);
      expect(seen.size).toBe(Math.min(limit, ids.length));
      expect(ids.filter((id) => seen.has(id))).toEqual(ids.slice(-limit));
    }),
  );
});

for (const limit of [0, -1, 1.5, Number.NaN]) {
  test(`refuses a limit of ${limit}`, () => {
    expect(() => makeSeen({ limit })).toThrow(/limit: /);
  });
}
