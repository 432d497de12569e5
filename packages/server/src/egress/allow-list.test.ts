// What each form of entry opens, and what a wrong one is told.
import { describe, expect, it } from 'vitest';
import { AllowListError, isAddressOpened, isNameOpened, parseAllowListOrThrow } from './allow-list.ts';

const opens = (list: string, host: string, port: number, portMustBeNamed = false): boolean => {
  const rules = parseAllowListOrThrow(list);
  return isNameOpened(rules, host, port, portMustBeNamed) || isAddressOpened(rules, host, port, portMustBeNamed);
};

describe('parseAllowListOrThrow', () => {
  it('opens nothing when empty', () => {
    expect(parseAllowListOrThrow(' , \n')).toEqual([]);
  });

  it.each([
    ['10.0.0.0/8', '10.255.0.1', 80, true],
    ['10.0.0.0/8', '::ffff:10.0.0.1', 80, true],
    ['10.0.0.0/8', '11.0.0.1', 80, false],
    ['10.0.0.0/8', '64:ff9b::a00:1', 80, false],
    ['10.0.0.0/8:8443', '10.0.0.1', 8443, true],
    ['10.0.0.0/8:8443', '10.0.0.1', 443, false],
    ['192.168.0.1,127.0.0.1:7801', '127.0.0.1', 7801, true],
    ['192.168.0.1 127.0.0.1:7801', '127.0.0.1', 7802, false],
    ['[::1]:7801', '::1', 7801, true],
    ['[::1]:7801', '::1', 80, false],
    ['[::1]', '::1', 80, true],
    ['::1', '::1', 80, true],
    ['fd00::/8', 'fd12::1', 80, true],
    ['[fd00::]/8:443', 'fd12::1', 443, true],
    ['[fd00::/8]:443', 'fd12::1', 80, false],
    ['0.0.0.0/0', '127.0.0.1', 80, true],
    ['0.0.0.0/0', '::1', 80, false],
    ['hooks.internal', 'hooks.internal', 80, true],
    ['Hooks.Internal.', 'hooks.internal', 80, true],
    ['hooks.internal:81', 'hooks.internal', 80, false],
    ['hooks.internal', 'a.hooks.internal', 80, false],
    ['::ffff:10.0.0.1', '10.0.0.1', 80, true],
    ['*.corp.example', 'a.b.corp.example', 80, true],
    ['*.corp.example', 'corp.example', 80, false],
    ['*.corp.example', 'evilcorp.example', 80, false],
    ['bücher.example', 'xn--bcher-kva.example', 80, true],
    ['my_app', 'my_app', 3000, true],
  ])('%s: %s port %i is open: %s', (list, host, port, open) => {
    expect(opens(list, host, port)).toBe(open);
  });

  it('opens a port that is closed by default only when it is named', () => {
    expect(opens('10.0.0.0/8', '10.0.0.1', 22, true)).toBe(false);
    expect(opens('10.0.0.0/8:22', '10.0.0.1', 22, true)).toBe(true);
    expect(opens('a.example', 'a.example', 22, true)).toBe(false);
    expect(opens('a.example:22', 'a.example', 22, true)).toBe(true);
  });

  it.each([
    ['10.0.0.1/8', '10.0.0.0/8'],
    ['10.0.0.0/33', 'prefix length'],
    ['fd00::/129', 'prefix length'],
    ['10.0.0.1:0', 'port'],
    ['10.0.0.1:99999', 'port'],
    ['10.0.0.1:', 'port'],
    ['a.example:http', 'port'],
    ['*', 'not understood'],
    ['*.*', 'not understood'],
    ['a.*.example', 'not understood'],
    ['http://a.example', 'URL'],
    ['a.example/24', 'range'],
    ['a..example', 'not understood'],
    ['-', 'not understood'],
    ['a@b', 'not understood'],
    ['127.1', 'write 127.0.0.1'],
    ['0x7f000001', 'write 127.0.0.1'],
    ['fe80::1%eth0', 'zone id'],
    ['::ffff:10.0.0.0/104', 'write it as IPv4'],
    ['[::1', 'not understood'],
  ])('refuses %s and says why', (entry, why) => {
    const parse = (): unknown => parseAllowListOrThrow(`127.0.0.1, ${entry}`);
    expect(parse).toThrow(AllowListError);
    expect(parse).toThrow(why);
    expect(parse).toThrow(`BOWLINE_EGRESS_ALLOW: "${entry}"`);
  });
});
