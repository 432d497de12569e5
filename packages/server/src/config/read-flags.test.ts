import { expect, test } from 'vitest';
import { ConfigError, readConfig } from './env.ts';
import { readFlags } from './read-flags.ts';

test('a flag goes before its variable', () => {
  const read = readFlags(['--roles', 'api,sweep', '--port=0']);
  if (!('settings' in read)) throw new Error('no settings');
  expect(readConfig({ BOWLINE_ROLES: 'run', BOWLINE_HOST: '::1' }, read.settings)).toMatchObject({
    roles: ['api', 'sweep'],
    port: 0,
    host: '::1',
  });
});

test('a wrong value is told by the name of the variable', () => {
  const read = readFlags(['--roles', 'api,sender']);
  if (!('settings' in read)) throw new Error('no settings');
  expect(() => readConfig({}, read.settings)).toThrow(/BOWLINE_ROLES.*sender/s);
});

test('an unknown flag is refused', () => {
  expect(() => readFlags(['--rolls', 'api'])).toThrow(ConfigError);
});

test('--help names every variable', () => {
  const read = readFlags(['--help']);
  expect('help' in read && read.help).toContain('BOWLINE_EGRESS_ALLOW');
});
