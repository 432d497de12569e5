// Turns what sockets, TLS, DNS and undici raise into the few codes that a delivery is explained with.
import { errors } from 'undici';
import { REFUSED_CODE } from './guard-dial.ts';
import type { FailureCode } from './outcome.ts';

const CODES: Readonly<Record<string, FailureCode>> = {
  [REFUSED_CODE]: 'egress_refused',
  ERR_NAME_NOT_RESOLVED: 'dns_failed',
  ENOTFOUND: 'dns_failed',
  EAI_AGAIN: 'dns_failed',
  ECONNREFUSED: 'connection_refused',
  EHOSTUNREACH: 'connection_refused',
  EHOSTDOWN: 'connection_refused',
  ENETUNREACH: 'connection_refused',
  ETIMEDOUT: 'connect_timeout',
  ECONNRESET: 'connection_reset',
  EPIPE: 'connection_reset',
  ECONNABORTED: 'connection_reset',
  UND_ERR_SOCKET: 'connection_reset',
  UND_ERR_HEADERS_OVERFLOW: 'headers_overflow',
  HPE_HEADER_OVERFLOW: 'headers_overflow',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'bad_response',
  UND_ERR_INVALID_ARG: 'local_fault',
  UND_ERR_NOT_SUPPORTED: 'local_fault',
  EMFILE: 'local_fault',
  ENFILE: 'local_fault',
  ENOBUFS: 'local_fault',
  EADDRNOTAVAIL: 'local_fault',
  EPROTO: 'tls_failed',
  UND_ERR_DESTROYED: 'aborted',
  UND_ERR_CLOSED: 'aborted',
};

/** OpenSSL's verification results and Node's own TLS errors come under many names. */
const TLS =
  /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH|PATH_LENGTH_)/;

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '');

export const classifyFailure = (error: Error): { code: FailureCode; message: string } => {
  const code = codeOf(error);
  const message = error.message === '' ? code || error.name : error.message;
  if (TLS.test(code)) return { code: 'tls_failed', message };
  if (error instanceof errors.HTTPParserError || code.startsWith('HPE_')) return { code: 'bad_response', message };
  // undici reports an answer that breaks the protocol (a stray 100 or 101) as a socket error.
  if (code === 'UND_ERR_SOCKET' && message.startsWith('bad ')) return { code: 'bad_response', message };
  if (error instanceof AggregateError) {
    const first = error.errors.find((one): one is Error => one instanceof Error);
    const text = error.errors.map((one) => (one instanceof Error ? one.message : String(one))).join('; ');
    return { code: CODES[code] ?? (first ? classifyFailure(first).code : 'connection_refused'), message: text };
  }
  return { code: CODES[code] ?? 'connection_reset', message };
};
