// What a server notes about itself, whole and half-written.
import { expect, test } from 'vitest';
import { parsePostmaster } from './postmaster-pid.ts';

const whole = ['4711', '/data', '1700000000', '5432', '/data', '', '  1234  5678', 'ready   ', ''].join('\n');

test('a whole note', () => {
  expect(parsePostmaster(whole)).toEqual({ pid: 4711, port: 5432, socketFolder: '/data', ready: true, text: whole });
});

test('a server that is still starting', () => {
  expect(parsePostmaster('4711\n/data\n1700000000\n5432\n/data\n')).toMatchObject({ pid: 4711, ready: false });
  expect(parsePostmaster(whole.replace('ready', 'starting'))).toMatchObject({ ready: false });
});

const broken = ['', '\n', '-4711\n', 'four\n'];
test.each(broken)('%j is no note', (text) => {
  expect(parsePostmaster(text)).toBeNull();
});
