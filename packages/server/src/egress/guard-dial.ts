// The one answer to "may a socket be opened to this address, on this port, for this name?". The URL guard asks it for
// literal hosts, the lookup for every resolved address, and the dialler once more for the peer it really reached.
import { ALLOW_VARIABLE, type AllowRules, isAddressOpened, isNameOpened } from './allow-list.ts';
import { isBlockedPort } from './blocked-ports.ts';
import { judgeAddress } from './guard-address.ts';

export type DialVerdict = { ok: true } | { ok: false; reason: string };
/** `hostname` is the URL's, without brackets; equal to the address when the host is a literal. */
export type Dial = { hostname: string; address: string; port: number };

export const REFUSED_CODE = 'ERR_EGRESS_REFUSED';

/** Raised where a connection would go to an address that is not open. */
export class EgressRefusedError extends Error {
  readonly code = REFUSED_CODE;
  constructor(reason: string) {
    super(reason);
    this.name = 'EgressRefusedError';
  }
}

const withPort = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** The end of every refusal: what to set so that exactly this is opened. */
export const howToAllow = (host: string, port: number): string =>
  `if that is intended, the operator can set ${ALLOW_VARIABLE}=${withPort(host, port)}`;

export const judgeDial = (rules: AllowRules, { hostname, address, port }: Dial): DialVerdict => {
  const blocked = isBlockedPort(port);
  if (isNameOpened(rules, hostname, port, blocked) || isAddressOpened(rules, address, port, blocked))
    return { ok: true };
  const named = hostname === address ? address : `${hostname} is ${address}, which`;
  const verdict = judgeAddress(address);
  if (!verdict.ok) {
    const range = verdict.range === 'none' ? '' : `in ${verdict.range} `;
    const fix = howToAllow(hostname, port);
    return { ok: false, reason: `${named} is ${range}(${verdict.reason}) and not open to webhooks; ${fix}` };
  }
  if (blocked) {
    return { ok: false, reason: `port ${port} is not one for HTTP and is closed; ${howToAllow(hostname, port)}` };
  }
  return { ok: true };
};
