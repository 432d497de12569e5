// Text that a database takes, however the bytes are split.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerText } from './answer-text.ts';

const read = (chunks: Buffer[], limit: number): { text: string; whole: boolean } => {
  const answer = new AnswerText(limit);
  const whole = chunks.every((chunk) => answer.push(chunk));
  return { text: answer.toText(!whole), whole };
};

describe('AnswerText', () => {
  it.each([
    [['ok'], 16, 'ok', true],
    [[], 16, '', true],
    [['abc', 'def'], 6, 'abcdef', true],
    [['abc', 'def'], 5, 'abcde', false],
    [['abcdef'], 3, 'abc', false],
    [['abc', 'd'], 3, 'abc', false],
    [['aä'], 2, 'a', false],
    [['a€'], 3, 'a', false],
    [['a😀'], 4, 'a', false],
    [['a😀'], 5, 'a😀', true],
    [['a\0b'], 16, 'a\uFFFDb', true],
  ])('%j within %i bytes is %j', (chunks, limit, text, whole) => {
    expect(
      read(
        chunks.map((chunk) => Buffer.from(chunk)),
        limit,
      ),
    ).toEqual({ text, whole });
  });

  it('replaces bytes that are not UTF-8', () => {
    expect(read([Buffer.from([0x61, 0xff, 0xfe])], 16).text).toBe('a\uFFFD\uFFFD');
  });

  it('is a prefix of the text, cut at a character, for every split and limit', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.integer({ min: 1, max: 64 }), (parts, limit) => {
        const all = parts.join('').replaceAll('\0', '');
        const { text, whole } = read(
          parts.map((part) => Buffer.from(part.replaceAll('\0', ''))),
          limit,
        );
        expect(all.startsWith(text)).toBe(true);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limit);
        if (whole) expect(text).toBe(all);
        else expect(Buffer.byteLength(text)).toBeGreaterThan(limit - 4);
      }),
    );
  });
});
