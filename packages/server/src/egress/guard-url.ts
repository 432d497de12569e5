// Judges a webhook's URL before anything is dialled. A literal address never reaches a connection's lookup, so here is
// where literals in every spelling are caught; names are judged again by the addresses they resolve to.
import { isIP } from 'node:net';
import { type AllowRules, isAddressOpened, isAnyNetworkOpened, isNameOpened } from './allow-list.ts';
import { isBlockedPort } from './blocked-ports.ts';
import { howToAllow, judgeDial } from './guard-dial.ts';

declare const judged: unique symbol;

/** Where a webhook's POSTs go. Only `judgeUrl` makes one. */
export type Target = {
  readonly [judged]: true;
  readonly origin: string;
  readonly secure: boolean;
  /** Without brackets and without a trailing dot. */
  readonly hostname: string;
  readonly port: number;
  /** Path and query, as sent. */
  readonly path: string;
};

export type UrlRefusal =
  'invalid_url' | 'scheme_refused' | 'credentials_refused' | 'port_refused' | 'name_refused' | 'address_refused';
export type UrlVerdict = { ok: true; target: Target } | { ok: false; code: UrlRefusal; reason: string };

const MAX_LENGTH = 2048;
const refuse = (code: UrlRefusal, reason: string): UrlVerdict => ({ ok: false, code, reason });

/** Names that never lead to the public internet: reserved by RFC 6761, 6762, 8375 and ICANN, or without any dot. */
const LOCAL_SUFFIX =
  /(^|\.)(localhost|local|internal|intranet|private|corp|home|lan|localdomain|home\.arpa|test|invalid|onion)$/;
const isLoopbackName = (name: string): boolean => name === 'localhost' || name.endsWith('.localhost');

const judgeName = (name: string, port: number, rules: AllowRules): UrlVerdict | null => {
  const blocked = isBlockedPort(port);
  if (isNameOpened(rules, name, port, blocked)) return null;
  if (blocked && !isAnyNetworkOpened(rules, port, blocked)) {
    return refuse('port_refused', `port ${port} is not one for HTTP and is closed; ${howToAllow(name, port)}`);
  }
  if (isLoopbackName(name)) {
    const open = ['127.0.0.1', '::1'].some((ip) => isAddressOpened(rules, ip, port, blocked));
    if (open) return null;
    return refuse(
      'name_refused',
      `${name} is this machine (loopback, 127.0.0.0/8) and not open to webhooks; ${howToAllow(name, port)}`,
    );
  }
  if ((LOCAL_SUFFIX.test(name) || !name.includes('.')) && !isAnyNetworkOpened(rules, port, blocked)) {
    return refuse(
      'name_refused',
      `${name} is a name of a private network and not open to webhooks; ${howToAllow(name, port)}`,
    );
  }
  return null;
};

const judgeHost = (hostname: string, port: number, rules: AllowRules): UrlVerdict | null => {
  if (isIP(hostname) === 0) return judgeName(hostname, port, rules);
  const verdict = judgeDial(rules, { hostname, address: hostname, port });
  if (verdict.ok) return null;
  return refuse(verdict.reason.startsWith('port ') ? 'port_refused' : 'address_refused', verdict.reason);
};

const judgeText = (text: string): UrlVerdict | null => {
  if (text.length > MAX_LENGTH) return refuse('invalid_url', `the URL is longer than ${MAX_LENGTH} characters`);
  // The URL parser drops or turns these silently, so that what is shown and what is dialled could differ.
  if (/[\s\\\p{Cc}]/u.test(text))
    return refuse('invalid_url', 'the URL contains white space, a control character or a backslash');
  if (/\[[^\]]*%/.test(text))
    return refuse('invalid_url', 'the URL has an IPv6 zone id (%…), which only means something on one machine');
  return null;
};

const judgeForm = (url: URL): UrlVerdict | null => {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return refuse('scheme_refused', `only http and https URLs can be posted to, not ${url.protocol.slice(0, -1)}`);
  }
  if (url.username !== '' || url.password !== '') {
    return refuse('credentials_refused', 'the URL holds a user name or password; use a custom header instead');
  }
  if (url.port === '0') return refuse('port_refused', 'port 0 cannot be connected to');
  if (/^\.|\.\.|^$/.test(url.hostname)) return refuse('invalid_url', 'the URL has an empty part in its host name');
  return null;
};

const makeTarget = (url: URL): Target => {
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/\.$/, '');
  const target = {
    origin: `${url.protocol}//${host}${url.port === '' ? '' : `:${url.port}`}`,
    secure,
    hostname: host.startsWith('[') ? host.slice(1, -1) : host,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    path: url.pathname + url.search,
  };
  return Object.freeze(target) as Target;
};

export const judgeUrl = (text: string, rules: AllowRules): UrlVerdict => {
  const malformed = judgeText(text);
  if (malformed) return malformed;
  const url = URL.parse(text);
  if (url === null) return refuse('invalid_url', 'this is not a URL; write it like https://example.com/hooks');
  const misformed = judgeForm(url);
  if (misformed) return misformed;
  const target = makeTarget(url);
  return judgeHost(target.hostname, target.port, rules) ?? { ok: true, target };
};
