import { expect, test } from 'vitest';
import { makeLogger } from './make-logger.ts';

const capture = (level = 'info') => {
  const lines: string[] = [];
  const logger = makeLogger({ level, destination: { write: (line: string) => void lines.push(line) } });
  return { logger, lines };
};

test('secrets are cut out at each depth', () => {
  const { logger, lines } = capture();
  logger.info(
    { secret: 'S1', headers: { 'x-api-key': 'S2', authorization: 'S3' }, a: { b: { config: { p: 'S4' } } } },
    'hi',
  );
  expect(lines.join('')).not.toMatch(/S[1-4]/);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', msg: 'hi', secret: '[redacted]' });
});

test("an error keeps its cause, and a statement's values stay out", () => {
  const { logger, lines } = capture();
  const cause = Object.assign(new Error('inner'), { parameters: ['S1'], code: '23505' });
  logger.error({ err: new Error('outer', { cause }) }, 'failed');
  expect(lines.join('')).not.toContain('S1');
  expect(JSON.parse(lines[0] ?? '').err).toMatchObject({
    message: 'outer',
    cause: { message: 'inner', code: '23505' },
  });
});

test('the level is kept', () => {
  const { logger, lines } = capture('warn');
  logger.info('no');
  logger.warn('yes');
  expect(lines).toHaveLength(1);
});
