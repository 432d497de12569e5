import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DomainError, ERRORS } from './errors.ts';

test('docs/reference/errors.md has each code with its status and meaning, and no other', () => {
  const page = readFileSync(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z_]+)` \| (\d{3}) \| (.*) \|$/gm)].map((match) => match.slice(1));
  expect(rows).toEqual(Object.entries(ERRORS).map(([code, { status, means }]) => [code, String(status), means]));
});

test('a domain error keeps field and cause', () => {
  const cause = new Error('x');
  expect(new DomainError('conflict', 'm', { field: 'f', cause })).toMatchObject({
    code: 'conflict',
    field: 'f',
    cause,
  });
});
