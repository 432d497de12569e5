// Station 7 of 7 (after deliveries/settle): is this POST from the sender we share a secret with? The strongest scheme that the request carries
// must verify; a weaker one never rescues it unless the caller asks for it. Parsed only after it verified.
import type { KeyObject } from 'node:crypto';
import { checkHub } from './check-hub.ts';
import { checkStandard } from './check-standard.ts';
import type { WebhookEvent } from './events.ts';
import { isBody, type Body } from './keyed-hash.ts';
import { readHeader, type HeadersLike } from './read-header.ts';
import { readSecret, SecretError } from './secret-key.ts';
import { makeSigner, type Signer } from './sign.ts';
import {
  requestFailure,
  setupFailure,
  WebhookVerificationError,
  type Failure,
  type SchemeFamily,
  type SignatureVerified,
  type Verified,
} from './verdict.ts';

export type VerifierOptions = {
  /** One secret or several (old and new): `whsec_…`, plain text, or a `whpk_…` public key. */
  secrets: string | readonly string[];
  /** How far the signed time may lie from now, both ways. 300 by default. */
  toleranceSeconds?: number;
  /** Accept this scheme only. By default the strongest that the request carries. */
  require?: SchemeFamily;
};

export type SignedRequest = {
  headers: HeadersLike;
  /** The bytes as they came, before any parsing. */
  body: Body;
  /** Milliseconds since 1970, or a Date; now by default. */
  now?: number | Date;
};

export type VerifyInput = VerifierOptions & SignedRequest;

export type Verifier = (request: SignedRequest) => Verified | Failure;

type Keys = { signers: Signer[]; publicKeys: KeyObject[] };
type Ready = { ok: true; keys: Keys; toleranceSeconds: number; require: SchemeFamily | undefined };

const FAMILIES = ['standard', 'hub256', 'hub'] as const satisfies readonly SchemeFamily[];
const HEADER = { standard: 'webhook-signature', hub256: 'x-hub-signature-256', hub: 'x-hub-signature' };

const readKeys = (secrets: readonly string[]): Keys => {
  const keys: Keys = { signers: [], publicKeys: [] };
  for (const secret of secrets) {
    const key = readSecret(secret);
    if (key.kind === 'private') {
      throw new SecretError('bad_secret', 'secrets: a whsk_ key is for signing; verify with its whpk_ key');
    }
    if (key.kind === 'public') keys.publicKeys.push(key.key);
    else keys.signers.push(makeSigner(secret));
  }
  return keys;
};

const prepare = (options: VerifierOptions): Ready | Failure => {
  const { secrets, toleranceSeconds = 300, require } = options;
  if (!(toleranceSeconds >= 0)) return setupFailure('bad_options', 'toleranceSeconds: must be 0 or more');
  if (require !== undefined && !FAMILIES.includes(require)) {
    return setupFailure('bad_options', `require: must be one of ${FAMILIES.join(', ')}`);
  }
  const list = Array.isArray(secrets) ? secrets : [secrets];
  if (list.length === 0 || list.includes(undefined)) {
    return setupFailure('empty_secret', 'secrets: none given; is the environment variable set?');
  }
  try {
    return { ok: true, keys: readKeys(list), toleranceSeconds, require };
  } catch (error) {
    if (error instanceof SecretError) return setupFailure(error.code, error.message);
    throw error;
  }
};

const check = (ready: Ready, request: SignedRequest): SignatureVerified | Failure => {
  const { headers, body, now = Date.now() } = request;
  if (!isBody(body)) {
    return setupFailure(
      'body_not_raw',
      'body: must be the raw bytes or text of the request; it was parsed before, so keep the raw body',
    );
  }
  if (typeof headers !== 'object' || headers === null) {
    return setupFailure('bad_options', 'headers: must be a Headers object or a plain object');
  }
  const nowSeconds = Math.floor(Number(now) / 1000);
  if (!Number.isFinite(nowSeconds))
    return setupFailure('bad_options', 'now: must be milliseconds since 1970 or a Date');

  const wanted = ready.require === undefined ? FAMILIES : [ready.require];
  for (const family of wanted) {
    const given = readHeader(headers, HEADER[family]);
    if (given === undefined) continue;
    if (family !== 'standard') return checkHub(family, given, body, ready.keys.signers);
    return checkStandard(given, request, ready.keys, { nowSeconds, toleranceSeconds: ready.toleranceSeconds });
  }
  const names = wanted.map((family) => HEADER[family]).join(', ');
  return requestFailure('missing_signature', `no signature header (${names}); has the webhook a secret?`);
};

const parse = (body: Body): object | undefined => {
  try {
    const text = typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body);
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const checkAndParse = (ready: Ready, request: SignedRequest): Verified | Failure => {
  const verdict = check(ready, request);
  if (!verdict.ok) return verdict;
  const event = parse(request.body);
  if (event === undefined)
    return requestFailure('malformed_body', 'body: signed rightly, but not a JSON object in UTF-8');
  const own = 'event_id' in event && typeof event.event_id === 'string' ? event.event_id : null;
  return { ...verdict, id: verdict.id ?? own, event: event as WebhookEvent };
};

/** Verifies one request. Never throws for what came in, nor for a bad secret: `fault` says whose it is. */
export const verify = (input: VerifyInput): Verified | Failure => {
  const ready = prepare(input);
  return ready.ok ? checkAndParse(ready, input) : ready;
};

/** As verify, for bodies of any kind: checks the bytes and parses nothing. */
export const verifySignature = (input: VerifyInput): SignatureVerified | Failure => {
  const ready = prepare(input);
  return ready.ok ? check(ready, input) : ready;
};

/** As verify, but throws WebhookVerificationError. */
export const verifyOrThrow = (input: VerifyInput): Verified => {
  const verdict = verify(input);
  if (!verdict.ok) throw new WebhookVerificationError(verdict);
  return verdict;
};

/** Reads the secrets once, for many requests. Throws WebhookVerificationError at once when they can't be used. */
export const makeVerifier = (options: VerifierOptions): Verifier => {
  const ready = prepare(options);
  if (!ready.ok) throw new WebhookVerificationError(ready);
  return (request) => checkAndParse(ready, request);
};
