import { expect, test } from 'vitest';
import { makeDiagnosis } from './diagnosis.ts';
import { makeLogBudget, makeLogLines } from './log-lines.ts';
import { makeRedactor } from './make-redactor.ts';

const collect = (pieces: (string | Buffer)[], bytes = 1e6, config = {}) => {
  const lines: string[] = [];
  const noted: string[] = [];
  const log = makeLogLines({
    redact: makeRedactor(config),
    budget: makeLogBudget(bytes),
    emit: (text) => lines.push(text),
    note: (text) => noted.push(text),
  });
  for (const piece of pieces) log.push(Buffer.from(piece));
  log.end();
  return { lines, noted };
};

test('joins pieces, also in the middle of a character or a secret', () => {
  const bytes = Buffer.from('grüße geheim123\nrest');
  const { lines } = collect([bytes.subarray(0, 3), bytes.subarray(3, 12), bytes.subarray(12)], 1e6, {
    token: 'geheim123',
  });
  expect(lines).toEqual(['grüße ***', 'rest']);
});

test('cuts a long line without cutting a secret in two', () => {
  const { lines } = collect([`${'x'.repeat(65_530)}geheim123${'y'.repeat(200_000)}\nnext\n`], 1e6, {
    token: 'geheim123',
  });
  expect(lines).toHaveLength(2);
  expect(lines[0]?.length).toBeLessThan(65_600);
  expect(lines[0]).not.toContain('geheim');
});

test('stops at the budget, says so once, and still notes what comes', () => {
  const { lines, noted } = collect(['12345\n', '12345\n', '12345\n', 'FATAL x\n'], 8);
  expect(lines).toEqual(['12345', expect.stringContaining('limit')]);
  expect(noted.at(-1)).toBe('FATAL x');
});

test('hides a key that spans lines and drops control characters', () => {
  const { lines } = collect([
    '-----BEGIN PRIVATE KEY-----\nMIIabc\n-----END PRIVATE KEY-----\n\u001b[31mred\u0000\r\n',
  ]);
  expect(lines).toEqual(['***', '[31mred']);
});

test.each([
  [['INFO a', 'FATAL bad file', 'ValueError: x'], 'FATAL bad file'],
  [
    ['INFO a', 'Traceback (most recent call last):', 'requests.exceptions.HTTPError: 401', 'bye'],
    'requests.exceptions.HTTPError: 401',
  ],
  [['a', 'TypeError: x is not a function', '    at y'], 'TypeError: x is not a function'],
  [['1', '2', '3', '4', '5', '6', ''], '2\n3\n4\n5\n6'],
  [['a non-FATAL-looking thing', 'b'], 'a non-FATAL-looking thing\nb'],
  [['{"level":"critical","message":"token expired","exception":{"type":"E","message":"m"}}'], 'token expired'],
  [['{"level":"error","exception":{"type":"KeyError","message":"id"}}'], 'KeyError: id'],
  [[], ''],
])('the diagnosis of %j', (lines, expected) => {
  const diagnosis = makeDiagnosis();
  for (const line of lines) diagnosis.note(line);
  expect(diagnosis.summary()).toBe(expected);
});
