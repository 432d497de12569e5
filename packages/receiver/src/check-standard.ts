// Standard Webhooks 1.0: `id.timestamp.body` is signed, any entry of the list may match, unknown versions are skipped.
import { verify as verifyEd25519, type KeyObject } from 'node:crypto';
import { equalText } from './equal-text.ts';
import type { Body } from './keyed-hash.ts';
import { readHeader, type HeadersLike } from './read-header.ts';
import { isMessageId, type Signer } from './sign.ts';
import { requestFailure, type Failure, type SignatureVerified } from './verdict.ts';

export type StandardKeys = { signers: readonly Signer[]; publicKeys: readonly KeyObject[] };
export type Window = { nowSeconds: number; toleranceSeconds: number };

// Far more than any rotation needs; each entry costs a public-key check.
const MAX_ENTRIES = 32;
const V1A = /^[A-Za-z0-9+/]{86}==$/;

type Message = { id: string; timestamp: number; body: Body };

const readMessage = (headers: HeadersLike, body: Body): Message | Failure => {
  const id = readHeader(headers, 'webhook-id');
  const time = readHeader(headers, 'webhook-timestamp');
  if (!id) return requestFailure('missing_id', 'webhook-id: missing');
  if (!isMessageId(id)) {
    return requestFailure('bad_id', 'webhook-id: must be 1 to 256 visible ASCII characters without a dot');
  }
  if (!time) return requestFailure('missing_timestamp', 'webhook-timestamp: missing');
  if (!/^(0|[1-9]\d{0,14})$/.test(time)) {
    return requestFailure('bad_timestamp', 'webhook-timestamp: must be whole seconds since 1970');
  }
  return { id, timestamp: Number(time), body };
};

const matchesV1 = (entry: string, message: Message, signers: readonly Signer[]): boolean =>
  signers.filter((signer) => equalText(signer.standard(message.id, message.timestamp, message.body), entry)).length > 0;

const matchesV1a = (entry: string, message: Message, publicKeys: readonly KeyObject[]): boolean => {
  const text = entry.slice('v1a,'.length);
  const signature = Buffer.from(text, 'base64');
  if (!V1A.test(text) || signature.toString('base64') !== text) return false;
  const content = Buffer.concat([Buffer.from(`${message.id}.${message.timestamp}.`), Buffer.from(message.body)]);
  return publicKeys.some((key) => verifyEd25519(null, content, key, signature));
};

const matchEntries = (
  entries: readonly string[],
  message: Message,
  keys: StandardKeys,
): SignatureVerified | Failure => {
  const { id, timestamp } = message;
  let checked = 0;
  for (const entry of entries) {
    if (entry.startsWith('v1,') && keys.signers.length > 0) {
      checked += 1;
      if (matchesV1(entry, message, keys.signers)) return { ok: true, id, timestamp, scheme: 'v1' };
    } else if (entry.startsWith('v1a,') && keys.publicKeys.length > 0) {
      checked += 1;
      if (matchesV1a(entry, message, keys.publicKeys)) return { ok: true, id, timestamp, scheme: 'v1a' };
    }
  }
  return checked > 0
    ? requestFailure('no_match', 'webhook-signature: made with another secret, or the body was changed on its way')
    : requestFailure(
        'unsupported_signature',
        'webhook-signature: no entry can be checked with the secrets given (v1 needs a shared secret, v1a a whpk_ key)',
      );
};

/** The time is judged last, so that `too_old` is said of genuine messages only. */
export const checkStandard = (
  given: string,
  request: { headers: HeadersLike; body: Body },
  keys: StandardKeys,
  window: Window,
): SignatureVerified | Failure => {
  const message = readMessage(request.headers, request.body);
  if ('ok' in message) return message;
  const entries = given.split(' ').filter((entry) => entry !== '');
  if (entries.length > MAX_ENTRIES || !entries.some((entry) => /^[^,]+,.+/.test(entry))) {
    return requestFailure(
      'malformed_signature',
      `webhook-signature: must be 1 to ${MAX_ENTRIES} entries like v1,<base64>, with spaces between`,
    );
  }
  const verdict = matchEntries(entries, message, keys);
  if (!verdict.ok) return verdict;
  const age = window.nowSeconds - message.timestamp;
  const limit = `the limit is ${window.toleranceSeconds} s`;
  if (age > window.toleranceSeconds) {
    return requestFailure('too_old', `webhook-timestamp: signed ${age} s ago, ${limit}`);
  }
  if (-age > window.toleranceSeconds) {
    return requestFailure('too_new', `webhook-timestamp: ${-age} s in the future, ${limit}; is this clock right?`);
  }
  return verdict;
};
