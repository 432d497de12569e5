// The ranges are written out once more here, so that an entry lost from the tables is noticed.
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { judgeAddress } from './guard-address.ts';

const RANGES =
  `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
  192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
  203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32
  ::/128 ::1/128 ::/8 ::/96 ::ffff:10.0.0.0/104 ::ffff:127.0.0.0/104 64:ff9b::10.0.0.0/104 64:ff9b::127.0.0.0/104 64:ff9b:1::/48
  100::/64 100:0:0:1::/64 2001::/32 2001:2::/48 2001:10::/28 2001:20::/28 2001:30::/28 2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48
  3fff::/20 4000::/3 5f00::/16 fc00::/7 fd00:ec2::254/128 fe80::/10 fec0::/10 ff00::/8`.split(/\s+/);

const GLOBAL =
  `1.0.0.0 1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255
  169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0
  223.255.255.255 2001:200:: 2001:4860:4860::8888 2606:4700::1111 2003:: 2a00:1450::1 3ffe:ffff:: ::ffff:8.8.8.8
  ::ffff:808:808 64:ff9b::8.8.8.8`.split(/\s+/);

const bounds = (range: string): [string, string] => {
  const [first, bits] = ipaddr.parseCIDR(range);
  const bytes = first.toByteArray();
  const last = bytes.map(
    (byte, at) => byte | (at * 8 >= bits ? 0xff : at * 8 + 8 <= bits ? 0 : 0xff >> (bits - at * 8)),
  );
  return [first.toString(), ipaddr.fromByteArray(last).toString()];
};

describe('judgeAddress', () => {
  it.each(RANGES)('refuses the first and last address of %s', (range) => {
    for (const address of bounds(range)) expect(judgeAddress(address), address).toMatchObject({ ok: false });
  });

  it.each(GLOBAL)('allows %s', (address) => {
    expect(judgeAddress(address)).toEqual({ ok: true });
  });

  it.each([
    'fe80::1%eth0',
    '2606:4700::1111%eth0',
    '',
    'localhost',
    '127.1',
    '0x7f.0.0.1',
    '010.0.0.1',
    '1.2.3.4/32',
    '[::1]',
  ])('refuses %j, which is no plain address', (text) => {
    expect(judgeAddress(text)).toMatchObject({ ok: false });
  });

  it('names the range and what it is', () => {
    expect(judgeAddress('10.1.2.3')).toEqual({ ok: false, reason: 'private network', range: '10.0.0.0/8' });
    expect(judgeAddress('::ffff:169.254.169.254')).toMatchObject({ range: '169.254.0.0/16' });
    expect(judgeAddress('2002:7f00:1::')).toMatchObject({ range: '2002::/16', reason: '6to4' });
  });

  it('never allows what ipaddr.js does not call unicast', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const known = ipaddr.process(text).range();
        if (judgeAddress(text).ok) expect(['unicast', 'rfc6052'], text).toContain(known);
      }),
      { numRuns: 2000 },
    );
  });

  it('judges a mapped or translated address as the IPv4 address inside', () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(judgeAddress(`::ffff:${text}`)).toEqual(judgeAddress(text));
        expect(judgeAddress(`64:ff9b::${text}`)).toEqual(judgeAddress(text));
      }),
    );
  });
});
