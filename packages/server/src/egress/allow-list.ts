// Reads the operator's BOWLINE_EGRESS_ALLOW: which addresses and names are open although they are not global. Each
// entry opens exactly what it says; there is no entry that switches the guard off.
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { addressBytes, isInNetwork, type Network } from './guard-address.ts';

/** `port` is null when the entry names none: then every port is open except those that are closed by default. */
export type AllowRule =
  | ({ kind: 'network'; port: number | null; entry: string } & Network)
  | { kind: 'host'; name: string; subdomains: boolean; port: number | null; entry: string };
export type AllowRules = readonly AllowRule[];

export const ALLOW_VARIABLE = 'BOWLINE_EGRESS_ALLOW';
const FORMS =
  'an address (10.1.2.3), a range (10.0.0.0/8), a name (hooks.internal, *.corp.example), each with or without :port';

export class AllowListError extends Error {
  readonly entry: string;
  constructor(entry: string, problem: string) {
    super(`${ALLOW_VARIABLE}: "${entry}" ${problem}`);
    this.name = 'AllowListError';
    this.entry = entry;
  }
}

const parsePort = (entry: string, text: string | undefined): number | null => {
  if (text === undefined) return null;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new AllowListError(entry, 'has a port that is not a number from 1 to 65535');
  return port;
};

/** `[::1]:80`, `[fd00::]/8:80`, `[fd00::/8]:80`, `fd00::/8`, `10.0.0.0/8:80`, `name:80` into host, prefix length and port. */
const splitEntry = (entry: string): { host: string; bits: string | undefined; port: string | undefined } => {
  const bracketed = /^\[([^\]/]+)(?:\/(\d+))?\](?:\/(\d+))?(?::(.*))?$/.exec(entry);
  if (bracketed) return { host: bracketed[1] ?? '', bits: bracketed[2] ?? bracketed[3], port: bracketed[4] };
  const plain =
    entry.split(':').length > 2 ? /^([^/]+)(?:\/(\d+))?$/.exec(entry) : /^([^:/]+)(?:\/(\d+))?(?::(.*))?$/.exec(entry);
  if (!plain) throw new AllowListError(entry, `is not understood; write ${FORMS}`);
  return { host: plain[1] ?? '', bits: plain[2], port: plain[3] };
};

const networkRule = (entry: string, host: string, bitsText: string | undefined, port: number | null): AllowRule => {
  const bytes = addressBytes(host);
  if (bytes === null) throw new AllowListError(entry, 'has a zone id; write the address without it');
  if (bytes.length === 4 && isIP(host) === 6 && bitsText !== undefined) {
    throw new AllowListError(entry, 'is an IPv4 range written as IPv6; write it as IPv4');
  }
  const size = bytes.length * 8;
  const bits = bitsText === undefined ? size : Number(bitsText);
  if (bits > size) throw new AllowListError(entry, `has a prefix length over ${size}`);
  const first = bytes.map((byte, at) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - at * 8))));
  if (first.some((byte, at) => byte !== bytes[at])) {
    const range = `${ipaddr.fromByteArray(first).toString()}/${bits}`;
    throw new AllowListError(entry, `has bits set beyond its prefix; write ${range}, or the address alone`);
  }
  return { kind: 'network', bytes, bits, port, entry };
};

const hostRule = (entry: string, host: string, port: number | null): AllowRule => {
  const subdomains = host.startsWith('*.');
  const written = (subdomains ? host.slice(2) : host).replace(/\.$/, '');
  // The URL parser gives the name the form that a webhook's URL will have (lower case, punycode).
  const name = /[@?#%\\]/.test(written) ? '' : (URL.parse(`http://${written}/`)?.hostname ?? '');
  if (name === '' || name.includes('*') || !/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/.test(name) || name.includes('..')) {
    throw new AllowListError(entry, `is not understood; write ${FORMS}`);
  }
  if (isIP(name) !== 0) throw new AllowListError(entry, `is an address in a short form; write ${name}`);
  return { kind: 'host', name, subdomains, port, entry };
};

const parseEntry = (entry: string): AllowRule => {
  if (entry.includes('://')) throw new AllowListError(entry, `is a URL; write ${FORMS}`);
  const { host, bits, port: portText } = splitEntry(entry);
  const port = parsePort(entry, portText);
  if (isIP(host) !== 0) return networkRule(entry, host, bits, port);
  if (bits !== undefined) throw new AllowListError(entry, 'is not a range; write it like 10.0.0.0/8 or fd00::/8');
  return hostRule(entry, host, port);
};

/** The rules of a list separated by commas or spaces; an empty list opens nothing. Throws `AllowListError`. */
export const parseAllowListOrThrow = (text: string): AllowRules =>
  text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(parseEntry);

const portFits = (rule: AllowRule, port: number, portMustBeNamed: boolean): boolean =>
  rule.port === null ? !portMustBeNamed : rule.port === port;

/** Whether a rule opens this name on this port, whatever it resolves to. */
export const isNameOpened = (rules: AllowRules, name: string, port: number, portMustBeNamed: boolean): boolean =>
  rules.some(
    (rule) =>
      rule.kind === 'host' &&
      portFits(rule, port, portMustBeNamed) &&
      (rule.subdomains ? name.endsWith(`.${rule.name}`) : name === rule.name),
  );

/** Whether a rule opens this address on this port. */
export const isAddressOpened = (rules: AllowRules, ip: string, port: number, portMustBeNamed: boolean): boolean => {
  const bytes = addressBytes(ip);
  if (bytes === null) return false;
  return rules.some(
    (rule) => rule.kind === 'network' && portFits(rule, port, portMustBeNamed) && isInNetwork(bytes, rule),
  );
};

/** Whether any range is opened on this port, so that a private name may turn out to be allowed once resolved. */
export const isAnyNetworkOpened = (rules: AllowRules, port: number, portMustBeNamed: boolean): boolean =>
  rules.some((rule) => rule.kind === 'network' && portFits(rule, port, portMustBeNamed));
