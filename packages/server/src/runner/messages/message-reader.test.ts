import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { StopError } from '../spawn/stop-error.ts';
import { makeMessageReader } from './message-reader.ts';
import type { ReaderOptions } from './message-reader.ts';

const schema = (stream: string) => JSON.stringify({ type: 'SCHEMA', stream, schema: {}, key_properties: [] });
const record = (stream: string, record: object) => JSON.stringify({ type: 'RECORD', stream, record });

const read = (bytes: Buffer, size: number, options: Partial<ReaderOptions> = {}) => {
  const reader = makeMessageReader({ maxLineBytes: 10_000, ...options });
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) out.push(...reader.push(bytes.subarray(at, at + size)));
  out.push(...reader.end());
  return { text: Buffer.concat(out).toString(), counts: reader.counts(), state: reader.lastState() };
};

const stopOf = (text: string, options: Partial<ReaderOptions> = {}) => {
  try {
    read(Buffer.from(text), 7, options);
  } catch (error) {
    if (error instanceof StopError) return error.reason;
    throw error;
  }
  return undefined;
};

const streams = ['a', 'größe', 'with "quotes"', '雪'];

describe('message reader', () => {
  test('counts and forwards the same bytes, however they are cut', () => {
    const value = fc.record({ n: fc.integer(), s: fc.string({ unit: 'binary' }) });
    const rows = fc.array(fc.tuple(fc.constantFrom(...streams), value), { maxLength: 30 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 200 }), (list, size) => {
        const lines = [...streams.map(schema), ...list.map(([stream, body]) => record(stream, body))];
        const text = `${lines.join('\n')}\n`;
        const result = read(Buffer.from(text), size);
        expect(result.text).toBe(text);
        for (const stream of streams) {
          expect(result.counts[stream]).toBe(list.filter(([name]) => name === stream).length);
        }
      }),
    );
  });

  test('keeps numbers, spacing and key order as they came', () => {
    const text = [
      schema('s'),
      '{"type": "RECORD", "stream": "s", "record": {"n": 12345678901234567890.10}, "time_extracted": "x"}',
      '{"record":{"n":1.00},"stream":"s","type":"RECORD"}',
      '{"type":"ACTIVATE_VERSION","stream":"s","version":1}',
      '{"type":"STATE","value":{"a":1}}',
      '{"value":{"a":2},"type":"STATE"}',
      '',
    ].join('\r\n');
    expect(read(Buffer.from(text), 11)).toEqual({ text: text.trim() + '\r\n', counts: { s: 2 }, state: { a: 2 } });
  });

  test('drops blank lines and completes the last one', () => {
    expect(read(Buffer.from(`${schema('s')}\n\n  \n${record('s', {})}`), 5).text).toBe(
      `${schema('s')}\n${record('s', {})}\n`,
    );
  });

  test.each([
    ['text', 'hello\n', { kind: 'junk', line: 'hello' }],
    ['an array', '[1]\n', { kind: 'junk', line: '[1]' }],
    ['an unknown type', '{"type":"record"}\n', { kind: 'junk', line: '{"type":"record"}' }],
    ['a torn record', `${schema('s')}\n${record('s', {}).slice(0, -2)}\n`, { kind: 'junk' }],
    [
      'a torn record after a whole one',
      `${schema('s')}\n${record('s', {})}\n${record('s', { a: 1 }).slice(0, -3)}\n`,
      { kind: 'junk' },
    ],
    ['a torn last line', `${schema('s')}\n${record('s', { a: { b: 1 } }).slice(0, -1)}`, { kind: 'junk' }],
    ['no schema', `${record('s', {})}\n`, { kind: 'no-schema', stream: 's' }],
    [
      'a long line',
      `${schema('s')}\n${record('s', { a: 'x'.repeat(200) })}\n`,
      { kind: 'long-line', bytes: 100, stream: 's' },
    ],
    ['a long line without end', 'x'.repeat(101), { kind: 'long-line', bytes: 100 }],
    ['a state that is none', '{"type":"STATE","value":{]}}\n', { kind: 'junk' }],
  ])('refuses %s', (_name, text, reason) => {
    expect(stopOf(text, { maxLineBytes: 100 })).toMatchObject(reason);
  });

  test('lenient: junk goes aside, the rest passes', () => {
    const aside: string[] = [];
    const text = `hello\n${schema('s')}\noops\n${record('s', {})}\n`;
    const result = read(Buffer.from(text), 1_000, { onJunk: (line) => aside.push(line.toString()) });
    expect(result.text).toBe(`${schema('s')}\n${record('s', {})}\n`);
    expect(aside).toEqual(['hello', 'oops']);
  });
});
