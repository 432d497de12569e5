import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeSealer, SealError } from './seal.ts';

const key = randomBytes(32);
const sealer = makeSealer(key);

test('what was sealed opens again, text as text and JSON as JSON', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
        fc.jsonValue(),
      ),
      (value) => {
        expect(sealer.open(sealer.seal(value, 'a/b'), 'a/b')).toEqual(JSON.parse(JSON.stringify(value)));
      },
    ),
  );
});

test('a value does not open in another place', () => {
  expect(() => sealer.open(sealer.seal('s', 'env/a'), 'env/b')).toThrow(SealError);
});

test('any changed byte is noticed', () => {
  const sealed = sealer.seal('secret', 'c');
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => sealer.open(changed, 'c')).toThrow(SealError);
  }
});

test('the same value never seals to the same bytes', () => {
  expect(sealer.seal('s', 'c')).not.toEqual(sealer.seal('s', 'c'));
});

test('an old key still opens, an unknown key is named as such', () => {
  const newer = makeSealer(randomBytes(32), [key]);
  expect(newer.openText(sealer.seal('s', 'c'), 'c')).toBe('s');
  expect(() => makeSealer(randomBytes(32)).open(sealer.seal('s', 'c'), 'c')).toThrow(/another secret key/);
});

test('errors hold no secret', () => {
  const sealed = sealer.seal('the-secret-text', 'c');
  expect(() => sealer.open(sealed, 'd')).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining('the-secret') }),
  );
});

test('a fingerprint finds equal text, per place', () => {
  expect(sealer.fingerprint('a', 'x')).toEqual(sealer.fingerprint('a', 'x'));
  expect(sealer.fingerprint('a', 'x')).not.toEqual(sealer.fingerprint('a', 'y'));
});

test('openText refuses JSON', () => {
  expect(() => sealer.openText(sealer.seal({ a: 1 }, 'c'), 'c')).toThrow(/holds no text/);
});

test('a key of another length is refused', () => {
  expect(() => makeSealer(randomBytes(16))).toThrow(/32 bytes, not 16/);
});
