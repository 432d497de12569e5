// Every hostile spelling, each refusal's code, and that a refusal's advice works.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllowListOrThrow } from './allow-list.ts';
import { judgeUrl } from './guard-url.ts';

const judge = (url: string, allow = ''): string => {
  const verdict = judgeUrl(url, parseAllowListOrThrow(allow));
  return verdict.ok ? 'ok' : verdict.code;
};
const reasonOf = (url: string, allow = ''): string => {
  const verdict = judgeUrl(url, parseAllowListOrThrow(allow));
  return verdict.ok ? '' : verdict.reason;
};

const LITERALS =
  `127.0.0.1 10.0.0.1 192.168.0.1 172.16.0.1 0.0.0.0 169.254.169.254 255.255.255.255 100.100.100.200 [fd00:ec2::254]
  [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [64:ff9b::7f00:1] [2002:7f00:1::] [::127.0.0.1] 127.1 0x7f.1
  2130706433 0177.0.0.1 0x7f000001 017700000001 127.0.0.1. １２７.0.0.1 ①②⑦.0.0.1 %31%32%37.1 127。0。0。1 0
  [0:0:0:0:0:0:0:1] [fe80::1] [fec0::1] [2001:0:1::] [ff02::1] 192.0.0.192 168.63.129.16`.split(/\s+/);
const NAMES =
  `localhost LOCALHOST localhost. a.localhost ⓛocalhost printer.local metadata.google.internal intranet a.home.arpa
  x.onion`.split(/\s+/);

describe('judgeUrl', () => {
  it.each(LITERALS)('refuses the literal %s', (host) => {
    expect(judge(`http://${host}/`)).toBe('address_refused');
    expect(judge(`https://${host}:8443/a`)).toBe('address_refused');
  });

  it.each(NAMES)('refuses the name %s', (host) => {
    expect(judge(`http://${host}/`)).toBe('name_refused');
  });

  it.each([
    ['', 'invalid_url'],
    ['example.com', 'invalid_url'],
    ['http://', 'invalid_url'],
    ['http://256.1.1.1/', 'invalid_url'],
    ['http://a..example/', 'invalid_url'],
    ['http://.example/', 'invalid_url'],
    ['http://[fe80::1%25eth0]/', 'invalid_url'],
    ['http://[fe80::1%eth0]/', 'invalid_url'],
    [' http://example.com/', 'invalid_url'],
    ['http://exa\tmple.com/', 'invalid_url'],
    ['http://example.com/\n', 'invalid_url'],
    ['http:\\\\127.0.0.1/', 'invalid_url'],
    ['http://example.com\\@127.0.0.1/', 'invalid_url'],
    [`http://example.com/${'a'.repeat(3000)}`, 'invalid_url'],
    ['ftp://example.com/', 'scheme_refused'],
    ['file:///etc/passwd', 'scheme_refused'],
    ['javascript:alert(1)', 'scheme_refused'],
    ['data:,x', 'scheme_refused'],
    ['http://user@example.com/', 'credentials_refused'],
    ['http://user:pass@example.com/', 'credentials_refused'],
    ['http://example.com:0/', 'port_refused'],
    ['http://example.com:22/', 'port_refused'],
    ['http://example.com:25/', 'port_refused'],
    ['http://example.com:6379/', 'port_refused'],
    ['http://8.8.8.8:25/', 'port_refused'],
    ['http://127.0.0.1:25/', 'address_refused'],
  ])('%s: %s', (url, code) => {
    expect(judge(url)).toBe(code);
  });

  it.each([
    ['http://127.0.0.1:7801/', '127.0.0.1:7801'],
    ['http://127.1:7801/', '127.0.0.1:7801'],
    ['http://[::ffff:127.0.0.1]:7801/', '127.0.0.1:7801'],
    ['http://[::1]:7801/', '[::1]:7801'],
    ['http://localhost:7801/', '127.0.0.1:7801'],
    ['http://localhost:7801/', 'localhost'],
    ['http://hooks.internal/', 'hooks.internal'],
    ['http://hooks.internal/', '10.0.0.0/8'],
    ['http://app:3000/', 'app:3000'],
    ['http://a.corp.example:22/', '*.corp.example:22'],
    ['http://10.0.0.1:22/', '10.0.0.0/8:22'],
  ])('allows %s with %s', (url, allow) => {
    expect(judge(url, allow)).toBe('ok');
  });

  it.each([
    ['http://127.0.0.1:7802/', '127.0.0.1:7801'],
    ['http://localhost:7802/', '127.0.0.1:7801'],
    ['http://localhost/', '10.0.0.0/8'],
    ['http://10.0.0.1:22/', '10.0.0.0/8'],
    ['http://hooks.internal:81/', 'hooks.internal:80'],
    ['http://a.corp.example:22/', '*.corp.example'],
  ])('refuses %s with %s', (url, allow) => {
    expect(judge(url, allow)).not.toBe('ok');
  });

  it('makes a target of what is dialled and sent', () => {
    const verdict = judgeUrl('HTTPS://Bücher.Example.:8443/ä?q=ö#part', []);
    expect(verdict).toEqual({
      ok: true,
      target: {
        origin: 'https://xn--bcher-kva.example:8443',
        secure: true,
        hostname: 'xn--bcher-kva.example',
        port: 8443,
        path: '/%C3%A4?q=%C3%B6',
      },
    });
    expect(judgeUrl('http://example.com', [])).toMatchObject({
      target: { port: 80, path: '/', origin: 'http://example.com' },
    });
    expect(judgeUrl('http://[2606:4700::1111]/', [])).toMatchObject({ target: { hostname: '2606:4700::1111' } });
  });

  it('says which range refuses and how to open it', () => {
    expect(reasonOf('http://127.1:7801/')).toBe(
      '127.0.0.1 is in 127.0.0.0/8 (loopback) and not open to webhooks; if that is intended, the operator can set BOWLINE_EGRESS_ALLOW=127.0.0.1:7801',
    );
    expect(reasonOf('http://[::1]/')).toContain('BOWLINE_EGRESS_ALLOW=[::1]:80');
    expect(reasonOf('http://u:secret@a.example/')).not.toContain('secret');
  });

  it('takes its own advice', () => {
    for (const url of [...LITERALS, ...NAMES].map((host) => `http://${host}:8123/`)) {
      const advice = /BOWLINE_EGRESS_ALLOW=(\S+)$/.exec(reasonOf(url))?.[1] ?? '';
      expect(judge(url, advice), `${url} ${advice}`).toBe('ok');
    }
  });

  it('judges every spelling of an IPv4 address like the dotted one', () => {
    const hex = (byte: number): string => `0x${byte.toString(16)}`;
    const octal = (byte: number): string => `0${byte.toString(8)}`;
    fc.assert(
      fc.property(fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)), fc.nat(65_535), ([a, b, c, d], low) => {
        const number = ((a * 256 + b) * 256 + c) * 256 + d;
        const expected = judge(`http://${a}.${b}.${c}.${d}/`);
        const high = (a * 256 + b).toString(16);
        const dotted = `${a}.${b}.${c}.${d}`;
        const plain = `${number} ${hex(number)} ${octal(number)} ${a}.${b * 65_536 + c * 256 + d} ${a}.${b}.${c * 256 + d}`;
        const mixed = `${[a, b, c, d].map(hex).join('.')} ${[a, b, c, d].map(octal).join('.')} ${hex(a)}.${octal(b)}.${c}.${d}`;
        const inside = `[::ffff:${dotted}] [::ffff:${high}:${(c * 256 + d).toString(16)}] [64:ff9b::${dotted}] ${dotted}.`;
        const spellings = `${plain} ${mixed} ${inside}`.split(' ');
        for (const spelling of spellings) expect(judge(`http://${spelling}/`), spelling).toBe(expected);
        expect(judge(`http://[2002:${high}:${low.toString(16)}::]/`)).toBe('address_refused');
      }),
      { numRuns: 300 },
    );
  });
});
