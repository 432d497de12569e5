import { describe, expect, test } from 'vitest';
import { makeRedactor } from './make-redactor.ts';
import { listSecretPaths, looksSecret, maskConfig } from './secret-paths.ts';

const secret = 'p@ss "w/örd" 1';
const config = {
  host: 'db.example.com',
  db_password: secret,
  credentials: { client_id: 'client-0815', parts: ['part-one'] },
  keys: ['id'],
  database_url: 'postgres://me:hunter22@h/d',
};
const redact = makeRedactor(config);

describe('makeRedactor', () => {
  test.each([
    ['as it is', secret],
    ['as JSON', JSON.stringify({ a: secret })],
    ['in a URL', `https://h/?x=${encodeURIComponent(secret)}`],
    ['as a form', `x=${new URLSearchParams({ x: secret }).toString()}`],
    ['as base64', Buffer.from(secret).toString('base64')],
    ['inside base64, offset 1', Buffer.from(`u${secret}tail`).toString('base64')],
    ['inside base64, offset 2', Buffer.from(`us${secret}tail`).toString('base64')],
    ['below credentials', 'got client-0815'],
    ['in a list below credentials', 'got part-one'],
    ['the password of a URL', 'hunter22 is wrong'],
    ['Authorization header', 'Authorization: Bearer abc.def-ghi'],
    ['Authorization in JSON', '{"authorization":"Basic dXNlcjpwYXNz"}'],
    ['password=', 'login failed password=letmein9 for x'],
    ['token in JSON', '{"access_token": "abcdefgh"}'],
    ['user info', 'GET https://bob:builder@example.com/x'],
    ['PEM', '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----'],
  ])('%s', (_name, text) => {
    const clean = redact(text);
    expect(clean).toContain('***');
    for (const leak of [
      secret,
      'client-0815',
      'part-one',
      'hunter22',
      'abc.def',
      'dXNlcjpwYXNz',
      'letmein9',
      'abcdefgh',
      'builder',
      'AAAA',
    ]) {
      expect(clean).not.toContain(leak);
    }
  });

  test('leaves the rest readable', () => {
    const text = 'connected to db.example.com, keys id, 3 tokens left';
    expect(redact(text)).toBe(text);
  });

  test('takes linear time on a hostile line', () => {
    const before = performance.now();
    redact('a'.repeat(65_536) + '://'.repeat(5_000) + 'password'.repeat(2_000));
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});

describe('secret paths', () => {
  test.each(['password', 'apiKey', 'api_key', 'client_secret', 'refreshToken', 'key', 'AWS_SECRET_ACCESS_KEY', 'auth'])(
    '%s is secret',
    (key) => expect(looksSecret(key)).toBe(true),
  );
  test.each([
    'keys',
    'primary_key',
    'key_properties',
    'path',
    'auth_url',
    'token_endpoint',
    'author',
    'replication_key',
  ])('%s is not', (key) => expect(looksSecret(key)).toBe(false));
  test('lists and masks, and leaves the original alone', () => {
    expect(listSecretPaths(config)).toEqual([
      ['db_password'],
      ['credentials', 'client_id'],
      ['credentials', 'parts', '0'],
      ['database_url'],
    ]);
    expect(maskConfig(config)).toEqual({
      host: 'db.example.com',
      db_password: '***',
      credentials: { client_id: '***', parts: ['***'] },
      keys: ['id'],
      database_url: '***',
    });
    expect(config.db_password).toBe(secret);
  });
});
