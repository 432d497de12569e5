import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ConfigError, readConfig } from './env.ts';
import { VARIABLES } from './variables.ts';

test('the defaults', () => {
  expect(readConfig({})).toEqual({
    dataFolder: './.bowline',
    databaseUrl: null,
    databaseConnections: 10,
    host: '127.0.0.1',
    port: 7800,
    publicUrl: null,
    roles: ['api', 'dispatch', 'run', 'schedule', 'sweep'],
    secretKey: null,
    oldSecretKey: null,
    adminKey: null,
    egressAllow: [],
    runConcurrency: 2,
    logLevel: 'info',
    shutdownSeconds: 20,
    unknownVariables: [],
  });
});

test('an empty variable counts as not set', () => {
  expect(readConfig({ BOWLINE_PORT: ' ', DATABASE_URL: '' })).toMatchObject({ port: 7800, databaseUrl: null });
});

test('a key is read from hex, base64 and base64 for URLs', () => {
  const key = Buffer.alloc(32, 0xfb);
  for (const form of ['hex', 'base64', 'base64url'] as const) {
    expect(readConfig({ BOWLINE_SECRET_KEY: key.toString(form) }).secretKey).toEqual(key);
  }
});

test('lists are split and trimmed', () => {
  const config = readConfig({ BOWLINE_EGRESS_ALLOW: '10.0.0.0/8, hooks.internal,', BOWLINE_ROLES: 'api, dispatch' });
  expect(config.egressAllow).toEqual(['10.0.0.0/8', 'hooks.internal']);
  expect(config.roles).toEqual(['api', 'dispatch']);
});

test.each([
  ['BOWLINE_PORT', '70000', /BOWLINE_PORT: must be a whole number from 0 to 65535/],
  ['BOWLINE_PORT', '-1', /BOWLINE_PORT: must be a whole number/],
  ['BOWLINE_ROLES', 'api,cook', /BOWLINE_ROLES: .*it has cook/],
  ['BOWLINE_ROLES', ',', /BOWLINE_ROLES: .*names none/],
  ['BOWLINE_SECRET_KEY', 'hunter2-hunter2', /BOWLINE_SECRET_KEY: must be 32 bytes.*openssl/],
  ['BOWLINE_PUBLIC_URL', 'bowline.example.com', /BOWLINE_PUBLIC_URL: must be an http or https URL/],
  ['DATABASE_URL', 'mysql://root:hunter2@x/y', /DATABASE_URL: must begin with postgres/],
  ['BOWLINE_LOG_LEVEL', 'loud', /BOWLINE_LOG_LEVEL: must be one of trace/],
  ['BOWLINE_ADMIN_KEY', 'hunter2', /BOWLINE_ADMIN_KEY: must be 32/],
])('%s=%s is refused with the fix and without the value', (name, value, message) => {
  expect(() => readConfig({ [name]: value })).toThrow(message);
  expect(() => readConfig({ [name]: value })).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
  );
});

test('all faults are told at once', () => {
  expect(() => readConfig({ BOWLINE_PORT: 'x', BOWLINE_LOG_LEVEL: 'y' })).toThrow(ConfigError);
  expect(() => readConfig({ BOWLINE_PORT: 'x', BOWLINE_LOG_LEVEL: 'y' })).toThrow(
    /BOWLINE_PORT.*\n.*BOWLINE_LOG_LEVEL/,
  );
});

test('a typing error in a name is noticed', () => {
  expect(readConfig({ BOWLINE_PROT: '1', HOME: '/' }).unknownVariables).toEqual(['BOWLINE_PROT']);
});

test('docs/reference/configuration.md has each variable with its default and meaning, and no other', () => {
  const page = readFileSync(new URL('../../../../docs/reference/configuration.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (.*?) \| (.*) \|$/gm)].map((match) => match.slice(1));
  const expected = Object.entries(VARIABLES).map(([name, { fallback, means }]) => [
    name,
    fallback === null || fallback === '' ? '–' : `\`${fallback}\``,
    means,
  ]);
  expect(rows).toEqual(expected);
});
