import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DomainError, ERRORS } from '@bowline/contract/errors';
import { errorAnswer, HOTGLUE_CODES } from './errors.ts';

const refusal = new DomainError('bad_request', 'tenant: must not hold white space', { field: 'tenant' });

test('ours: code, message, field and request id', () => {
  expect(errorAnswer(refusal, '/api/v1/environments', 'req_1')).toEqual({
    status: 400,
    isFault: false,
    body: {
      error: {
        code: 'bad_request',
        message: 'tenant: must not hold white space',
        field: 'tenant',
        request_id: 'req_1',
      },
    },
  });
});

test('integration paths: exactly Code and Message', () => {
  expect(errorAnswer(refusal, '/dev/flow/te nant/jobs', 'req_1').body).toEqual({
    Code: 'BadRequestError',
    Message: 'ChaliceViewError: tenant: must not hold white space',
  });
});

test('a message that does not name its field gets it in front', () => {
  const error = new DomainError('conflict', 'is running', { field: 'job_id' });
  expect(errorAnswer(error, '/x', 'r').body).toMatchObject({ Message: 'ChaliceViewError: job_id: is running' });
});

test('what is not expected stays inside', () => {
  const { status, body, isFault } = errorAnswer(new Error('password=hunter2'), '/api/v1/x', 'req_1');
  expect(status).toBe(500);
  expect(isFault).toBe(true);
  expect(JSON.stringify(body)).not.toContain('hunter2');
});

test.each([
  ['ECONNREFUSED', 503],
  ['57P03', 503],
  ['22021', 400],
  ['23503', 409],
])('a database error %s becomes %d', (code, status) => {
  expect(errorAnswer(Object.assign(new Error('x'), { code }), '/api/v1/x', 'r').status).toBe(status);
});

test("hotglue's names cover every status, and docs/reference/errors.md has the same", () => {
  const statuses = [...new Set(Object.values(ERRORS).map(({ status }) => status))].toSorted((a, b) => a - b);
  expect(Object.keys(HOTGLUE_CODES).map(Number)).toEqual(statuses);
  const page = readFileSync(new URL('../../../../docs/reference/errors.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| (\d{3}) \| `(\w+)` \|$/gm)].map((match) => [Number(match[1]), match[2]]);
  expect(rows).toEqual(Object.entries(HOTGLUE_CODES).map(([status, code]) => [Number(status), code]));
});
