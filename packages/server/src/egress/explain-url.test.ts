// What an operator reads when he checks a webhook's URL.
import { expect, it } from 'vitest';
import { parseAllowListOrThrow } from './allow-list.ts';
import { explainUrl } from './explain-url.ts';
import type { Resolve } from './resolve-name.ts';

const names: Record<string, string[]> = {
  'good.example': ['1.1.1.1'],
  'mixed.example': ['10.0.0.1', '1.1.1.1'],
  'bad.example': ['127.0.0.1', '::1'],
};
const resolve: Resolve = (name) => {
  const found = names[name];
  if (!found) return Promise.reject(new Error(`${name}: DNS failed (ENOTFOUND)`));
  return Promise.resolve(found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
};
const explain = (url: string, allow = ''): Promise<unknown> => explainUrl(url, parseAllowListOrThrow(allow), resolve);

it.each([
  [
    'http://good.example/',
    { allowed: true, reason: 'open to webhooks', addresses: [{ address: '1.1.1.1', allowed: true }] },
  ],
  ['http://mixed.example/', { allowed: true, reason: '1 of 2 addresses are open; only those are dialled' }],
  ['http://bad.example/', { allowed: false, addresses: [{ allowed: false }, { address: '::1', allowed: false }] }],
  ['http://none.example/', { allowed: false, reason: 'none.example: DNS failed (ENOTFOUND)', addresses: [] }],
  ['http://127.1/', { allowed: false, addresses: [] }],
  ['http://1.1.1.1/', { allowed: true, addresses: [{ address: '1.1.1.1' }] }],
  ['ftp://good.example/', { allowed: false, addresses: [] }],
])('explains %s', async (url, expected) => {
  expect(await explain(url)).toMatchObject(expected);
});

it('gives the range and the fix', async () => {
  expect(await explain('http://bad.example:8080/')).toMatchObject({
    reason: expect.stringMatching(
      /bad\.example is 127\.0\.0\.1, which is in 127\.0\.0\.0\/8 .*BOWLINE_EGRESS_ALLOW=bad\.example:8080/,
    ),
  });
  expect(await explain('http://bad.example:8080/', 'bad.example:8080')).toMatchObject({ allowed: true });
});
