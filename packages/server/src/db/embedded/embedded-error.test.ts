// Each failure of the embedded database says what to do.
import { expect, test } from 'vitest';
import { EmbeddedError, embeddedError } from './embedded-error.ts';

const failures: [string, RegExp][] = [
  ['initdb: error: could not write to file: No space left on device', /disk is full.*BOWLINE_DATA/],
  ['EACCES: permission denied, mkdir', /permission denied.*owner/],
  ['FATAL:  could not map anonymous shared memory: Cannot allocate memory', /not enough memory/],
  ['postgres: error while loading shared libraries: libicuuc.so.60', /library.*npm rebuild/],
  ['initdb: error: could not look up effective user ID 1234: user does not exist', /no name on this system/],
  ['LOG:  could not bind IPv4 address "127.0.0.1": Address already in use', /port is taken/],
  ['something else', /^Cannot start it\. Or set/],
];
test.each(failures)('%s', (evidence, advice) => {
  const error = embeddedError('start it', new Error(evidence));
  expect(error.message).toMatch(advice);
  expect(error.message).toContain('DATABASE_URL');
  expect(error.message).toContain(evidence);
});

test('an error that is explained already stays as it is', () => {
  const error = new EmbeddedError('No binaries');
  expect(embeddedError('start it', error)).toBe(error);
});
