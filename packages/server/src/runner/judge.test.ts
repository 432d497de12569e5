import { describe, expect, test } from 'vitest';
import { judge } from './judge.ts';
import type { EndFacts } from './judge.ts';

const clean: EndFacts = { name: 'tap', killed: false, code: 0, signal: null, delivered: true, diagnosis: '' };

const cases: [string, Partial<EndFacts>, string, string?][] = [
  ['clean exit', {}, 'ok'],
  ['clean exit with talk on stderr', { diagnosis: 'INFO done' }, 'ok'],
  ['exit code', { code: 3 }, 'failed', 'tap failed with exit code 3'],
  ['exit code with a line', { code: 1, diagnosis: 'FATAL no file' }, 'failed', 'exit code 1: FATAL no file'],
  ['signal from outside', { code: null, signal: 'SIGSEGV' }, 'signalled', 'tap was ended by SIGSEGV'],
  ['out of memory', { code: null, signal: 'SIGKILL' }, 'signalled', 'out of memory?'],
  ['input left over, green exit', { delivered: false }, 'ended_early', 'target ended early'],
  ['cancelled, green exit', { stop: { kind: 'cancelled' } }, 'cancelled', 'tap: cancelled'],
  [
    'cancelled, killed',
    { stop: { kind: 'cancelled' }, killed: true, code: null, signal: 'SIGKILL' },
    'cancelled',
    'tap: cancelled; did not stop on SIGTERM and was killed',
  ],
  ['time limit', { stop: { kind: 'total', ms: 15_000 } }, 'timed_out', 'time limit of 15 s passed'],
  ['hang', { stop: { kind: 'idle', ms: 300 } }, 'timed_out', 'no output for 300 ms'],
  [
    'long line',
    { stop: { kind: 'long-line', bytes: 10, stream: 's' } },
    'bad_output',
    'a line of more than 10 bytes (stream s)',
  ],
  ['too much', { stop: { kind: 'too-much', bytes: 10 } }, 'bad_output', 'printed more than 10 bytes'],
  [
    'junk is cut',
    { stop: { kind: 'junk', line: 'x'.repeat(999) } },
    'bad_output',
    `not a Singer message: ${'x'.repeat(200)}…(cut)`,
  ],
  ['record before schema', { stop: { kind: 'no-schema', stream: 's' } }, 'bad_output', 'stream s before its SCHEMA'],
  ['disk full', { stop: { kind: 'storage', message: 'ENOSPC' } }, 'storage', 'could not be stored: ENOSPC'],
  [
    'no such program',
    { spawnError: 'ENOENT tap-x', code: null },
    'not_started',
    'tap could not be started: ENOENT tap-x',
  ],
  ['our stop beats the exit code', { code: 1, stop: { kind: 'total', ms: 2_500 } }, 'timed_out', '2.5 s'],
];

describe('judge', () => {
  test.each(cases)('%s', (_name, facts, reason, words = '') => {
    const verdict = judge({ ...clean, ...facts });
    expect(verdict.ok ? 'ok' : verdict.reason).toBe(reason);
    if (!verdict.ok) expect(verdict.message).toContain(words);
  });
});
