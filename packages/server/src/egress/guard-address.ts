// Only addresses that the whole internet reaches may be posted to. The tables are the union of what other webhook
// senders refuse and of IANA's special-purpose registries; a library's range names alone miss some of them.
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type AddressVerdict = { ok: true } | { ok: false; reason: string; range: string };

/** An address or network as bytes: 4 for IPv4, 16 for IPv6. */
export type Network = { bytes: readonly number[]; bits: number };
type NamedRange = Network & { range: string; reason: string };

const IPV4_REFUSED = [
  ['0.0.0.0/8', 'this host'],
  ['10.0.0.0/8', 'private network'],
  ['100.64.0.0/10', 'carrier-grade NAT'],
  ['127.0.0.0/8', 'loopback'],
  ['168.63.129.16/32', 'cloud platform service'],
  ['169.254.0.0/16', 'link-local and cloud metadata'],
  ['172.16.0.0/12', 'private network'],
  ['192.0.0.0/24', 'IETF protocol assignments'],
  ['192.0.2.0/24', 'documentation'],
  ['192.31.196.0/24', 'AS112'],
  ['192.52.193.0/24', 'AMT relays'],
  ['192.88.99.0/24', '6to4 relays'],
  ['192.168.0.0/16', 'private network'],
  ['192.175.48.0/24', 'AS112'],
  ['198.18.0.0/15', 'benchmarking'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['255.255.255.255/32', 'broadcast'],
  ['240.0.0.0/4', 'reserved'],
] as const;

const IPV6_REFUSED = [
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['::/96', 'IPv4-compatible'],
  ['64:ff9b:1::/48', 'local NAT64'],
  ['::/8', 'reserved'],
  ['100::/64', 'discard'],
  ['2001::/32', 'Teredo'],
  ['2001:2::/48', 'benchmarking'],
  ['2001:10::/28', 'ORCHID'],
  ['2001:20::/28', 'ORCHIDv2'],
  ['2001::/23', 'IETF protocol assignments'],
  ['2001:db8::/32', 'documentation'],
  ['2002::/16', '6to4'],
  ['2620:4f:8000::/48', 'AS112'],
  ['3fff::/20', 'documentation'],
  ['5f00::/16', 'segment routing'],
  ['fc00::/7', 'unique local'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['ff00::/8', 'multicast'],
] as const;

const parseTable = (table: readonly (readonly [string, string])[]): NamedRange[] =>
  table.map(([range, reason]) => {
    const [address, bits] = ipaddr.parseCIDR(range);
    return { bytes: address.toByteArray(), bits, range, reason };
  });

const ipv4Refused = parseTable(IPV4_REFUSED);
const ipv6Refused = parseTable(IPV6_REFUSED);
const globalUnicast: Network = { bytes: ipaddr.parse('2000::').toByteArray(), bits: 3 };
const mapped: Network = { bytes: ipaddr.parse('::ffff:0:0').toByteArray(), bits: 96 };
const nat64: Network = { bytes: ipaddr.parse('64:ff9b::').toByteArray(), bits: 96 };

/** Whether `address` lies in `network`; never across families. */
export const isInNetwork = (address: readonly number[], network: Network): boolean => {
  if (address.length !== network.bytes.length) return false;
  for (let at = 0, left = network.bits; left > 0; at += 1, left -= 8) {
    const mask = left >= 8 ? 0xff : (0xff << (8 - left)) & 0xff;
    if (((address[at] ?? 0) & mask) !== ((network.bytes[at] ?? 0) & mask)) return false;
  }
  return true;
};

/** The bytes of an address in its strict text form, IPv4-mapped ones as IPv4; null for anything else, zone ids included. */
export const addressBytes = (ip: string): readonly number[] | null => {
  if (isIP(ip) === 0 || ip.includes('%')) return null;
  const bytes = ipaddr.parse(ip).toByteArray();
  return isInNetwork(bytes, mapped) ? bytes.slice(12) : bytes;
};

const judgeBytes = (bytes: readonly number[]): AddressVerdict => {
  const hit = (bytes.length === 4 ? ipv4Refused : ipv6Refused).find((range) => isInNetwork(bytes, range));
  if (hit) return { ok: false, reason: hit.reason, range: hit.range };
  if (bytes.length === 16 && !isInNetwork(bytes, globalUnicast)) {
    return { ok: false, reason: 'outside global unicast 2000::/3', range: '::/0' };
  }
  return { ok: true };
};

/** Whether an address is global unicast. What is mapped or translated to IPv4 is judged as that IPv4 address. */
export const judgeAddress = (ip: string): AddressVerdict => {
  if (isIP(ip) !== 0 && ip.includes('%')) return { ok: false, reason: 'address with a zone id', range: 'fe80::/10' };
  const bytes = addressBytes(ip);
  if (bytes === null) return { ok: false, reason: 'not an IP address', range: 'none' };
  return judgeBytes(isInNetwork(bytes, nat64) ? bytes.slice(12) : bytes);
};
