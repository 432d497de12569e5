// Every reason a verdict can have, the shared vectors, and that no single changed byte gets through.
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { readVectors } from './fixtures/read-vectors.ts';
import { makeSigner, newKeyPair, newSecret, signV1a } from './sign.ts';
import { signRequest } from './sign-request.ts';
import { makeVerifier, verify, verifyOrThrow, verifySignature, type VerifyInput } from './verify.ts';
import { WebhookVerificationError, type SchemeFamily } from './verdict.ts';

const vectors = readVectors();

describe('the shared vectors', () => {
  for (const vector of vectors) {
    const headers: Record<string, string> = { [vector.header]: vector.signature };
    if (vector.id !== undefined) headers['Webhook-Id'] = vector.id;
    if (vector.timestamp !== undefined) headers['webhook-timestamp'] = String(vector.timestamp);
    const now = (vector.timestamp ?? 0) * 1000;
    const secrets = vector.publicKey ?? vector.secret;

    test(`${vector.scheme}: ${vector.source} (${vector.secret.slice(0, 5)}…)`, () => {
      for (const given of [headers, new Headers(headers)]) {
        for (const body of [vector.body, Buffer.from(vector.body)]) {
          expect(verifySignature({ headers: given, body, secrets, now })).toMatchObject({ ok: true });
        }
      }
      const changed = { headers, body: `${vector.body} `, secrets, now };
      expect(verifySignature(changed)).toMatchObject({ ok: false, reason: 'no_match' });
    });
  }
});

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const pair = newKeyPair();
const seconds = 1_700_000_000;
const now = seconds * 1000;
const body = '{"job_id":"kX9_é","status":"SYNC_FAILED","message":"顧客 🚧","event_id":"evt_9","sequence":3}';
const signed = signRequest({ secret, id: 'evt_9', timestamp: seconds, body });
const hubOnly = { 'X-Hub-Signature': makeSigner(secret).hub(body) };
const hub256Only = { 'X-Hub-Signature-256': makeSigner(secret).hub256(body) };
const base: VerifyInput = { headers: signed, body, secrets: secret, now };

describe('accepts', () => {
  const accepts = (title: string, change: Partial<VerifyInput>, expected: object) => {
    test(title, () => {
      expect(verify({ ...base, ...change })).toEqual({ ok: true, event: JSON.parse(body), ...expected });
    });
  };
  const v1 = { id: 'evt_9', timestamp: seconds, scheme: 'v1' };
  accepts('the strongest scheme of a full delivery', {}, v1);
  accepts('a Headers object', { headers: new Headers(signed) }, v1);
  accepts('headers in lists', { headers: Object.fromEntries(Object.entries(signed).map(([k, v]) => [k, [v]])) }, v1);
  accepts('a Date as now', { now: new Date(now) }, v1);
  accepts('old and new secret', { secrets: [newSecret(), secret] }, v1);
  accepts(
    'a list of signatures',
    { headers: signRequest({ secret: [newSecret(), secret], id: 'evt_9', timestamp: seconds, body }) },
    v1,
  );
  accepts(
    'unknown versions beside it',
    { headers: { ...signed, 'webhook-signature': `v9,AAAA v1,AAAA ${signed['webhook-signature']}` } },
    v1,
  );
  accepts('the last second of the window', { now: now + 300_999 }, v1);
  accepts('the first second of the window', { now: now - 300_000 }, v1);
  accepts('any age when asked', { now: now * 1.5, toleranceSeconds: Infinity }, v1);
  accepts(
    'a public key',
    {
      secrets: pair.publicKey,
      headers: signRequest({ secret: pair.secretKey, id: 'evt_9', timestamp: seconds, body }),
    },
    { ...v1, scheme: 'v1a' },
  );
  accepts(
    'a public key beside a shared secret',
    {
      secrets: [pair.publicKey, 'other'],
      headers: signRequest({ secret: [pair.secretKey, secret], id: 'evt_9', timestamp: seconds, body }),
    },
    { ...v1, scheme: 'v1a' },
  );
  accepts(
    'X-Hub-Signature alone, its id from the body',
    { headers: hubOnly },
    { id: 'evt_9', timestamp: null, scheme: 'hub' },
  );
  accepts('X-Hub-Signature-256 alone', { headers: hub256Only }, { id: 'evt_9', timestamp: null, scheme: 'hub256' });
  accepts(
    'the scheme asked for, whatever the others say',
    { require: 'hub', headers: { ...signed, 'webhook-signature': 'v1,AAAA' } },
    { id: 'evt_9', timestamp: null, scheme: 'hub' },
  );
});

describe('refuses', () => {
  const refuses = (title: string, reason: string, change: object, fault = 'request') => {
    test(`${title}: ${reason}`, () => {
      expect(verify({ ...base, ...change })).toEqual({ ok: false, fault, reason, message: expect.stringMatching(/./) });
    });
  };
  const withHeader = (name: string, value: string | undefined) => ({ headers: { ...signed, [name]: value } });
  refuses('no signature at all', 'missing_signature', { headers: {} });
  refuses('not the scheme asked for', 'missing_signature', { headers: hubOnly, require: 'standard' });
  refuses('no id', 'missing_id', withHeader('webhook-id', undefined));
  refuses('an id with a dot', 'bad_id', withHeader('webhook-id', 'evt.9'));
  refuses('another id', 'no_match', withHeader('webhook-id', 'evt_8'));
  refuses('no time', 'missing_timestamp', withHeader('webhook-timestamp', undefined));
  refuses('a time in words', 'bad_timestamp', withHeader('webhook-timestamp', 'infinity'));
  refuses('a time before 1970', 'bad_timestamp', withHeader('webhook-timestamp', '-5'));
  refuses('a time in another spelling', 'bad_timestamp', withHeader('webhook-timestamp', `0${seconds}`));
  refuses('another time', 'no_match', withHeader('webhook-timestamp', String(seconds + 1)));
  refuses('one second too late', 'too_old', { now: now + 301_000 });
  refuses('one second too early', 'too_new', { now: now - 301_000 });
  refuses('an old forgery as a forgery', 'no_match', { now: now + 9e6, secrets: 'other' });
  refuses('an empty signature', 'malformed_signature', withHeader('webhook-signature', ''));
  refuses('an entry without a value', 'malformed_signature', withHeader('webhook-signature', 'v1,'));
  refuses('a list without end', 'malformed_signature', withHeader('webhook-signature', 'v1,AAAA '.repeat(33)));
  refuses(
    'part of a signature',
    'no_match',
    withHeader('webhook-signature', signed['webhook-signature']!.slice(0, 20)),
  );
  refuses('a signature outside ASCII', 'no_match', withHeader('webhook-signature', 'v1,é'));
  refuses('unknown versions only', 'unsupported_signature', withHeader('webhook-signature', 'v7,AAAA'));
  refuses('v1 where only a public key is known', 'unsupported_signature', { secrets: pair.publicKey });
  refuses('an HMAC keyed with the text of the public key', 'unsupported_signature', forgedWith(pair.publicKey));
  refuses(
    'an HMAC keyed with the public key',
    'unsupported_signature',
    forgedWith(Buffer.from(pair.publicKey.slice(5), 'base64')),
  );
  refuses('X-Hub where only a public key is known', 'unsupported_signature', {
    headers: hubOnly,
    secrets: pair.publicKey,
  });
  refuses('an ed25519 signature by another key', 'no_match', {
    secrets: newKeyPair().publicKey,
    headers: signRequest({ secret: pair.secretKey, id: 'evt_9', timestamp: seconds, body }),
  });
  refuses(
    'a good SHA-1 beside a bad standard one',
    'no_match',
    withHeader('webhook-signature', `v1,${'A'.repeat(43)}=`),
  );
  refuses('a good SHA-1 beside a bad SHA-256', 'no_match', {
    headers: { ...hubOnly, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
  });
  refuses('SHA-1 with a prefix', 'malformed_signature', {
    headers: { 'x-hub-signature': `sha1=${hubOnly['X-Hub-Signature']}` },
  });
  refuses('SHA-1 in capitals', 'malformed_signature', {
    headers: { 'x-hub-signature': hubOnly['X-Hub-Signature'].toUpperCase() },
  });
  refuses('another secret', 'no_match', { headers: hubOnly, secrets: 'other' });
  refuses('a signed body that is not JSON', 'malformed_body', signedText('Hello, World!'));
  refuses('a signed body that is a list', 'malformed_body', signedText('[1]'));
  refuses('a signed body that is not UTF-8', 'malformed_body', signedText(Uint8Array.of(0x7b, 0xff, 0x7d)));

  refuses('an empty secret', 'empty_secret', { secrets: '' }, 'setup');
  refuses('an empty secret among others', 'empty_secret', { secrets: [secret, ''] }, 'setup');
  refuses('an empty list', 'empty_secret', { secrets: [] }, 'setup');
  refuses('an unset secret', 'empty_secret', { secrets: undefined }, 'setup');
  refuses('whsec_ and nothing', 'empty_secret', { secrets: 'whsec_' }, 'setup');
  refuses('whsec_ and no base64', 'bad_secret', { secrets: 'whsec_%%%' }, 'setup');
  refuses('a short public key', 'bad_secret', { secrets: 'whpk_AAAA' }, 'setup');
  refuses('a private key', 'bad_secret', { secrets: pair.secretKey }, 'setup');
  refuses('a secret that is no text', 'bad_secret', { secrets: [7] }, 'setup');
  refuses('a parsed body', 'body_not_raw', { body: JSON.parse(body) }, 'setup');
  refuses('no body', 'body_not_raw', { body: undefined }, 'setup');
  refuses('no headers', 'bad_options', { headers: undefined }, 'setup');
  refuses('a broken clock', 'bad_options', { now: Number.NaN }, 'setup');
  refuses('a negative tolerance', 'bad_options', { toleranceSeconds: -1 }, 'setup');
  refuses('an unknown scheme', 'bad_options', { require: 'sha1' }, 'setup');

  function forgedWith(key: string | Uint8Array) {
    const mac = createHmac('sha256', key).update(`evt_9.${seconds}.${body}`).digest('base64');
    const hub = createHmac('sha1', key).update(body).digest('hex');
    return {
      secrets: pair.publicKey,
      headers: { ...signed, 'webhook-signature': `v1,${mac}`, 'x-hub-signature': hub },
    };
  }
  function signedText(text: string | Uint8Array) {
    return { body: text, headers: signRequest({ secret, body: text, timestamp: seconds }) };
  }
});

test('verifyOrThrow throws the reason, and never the secret', () => {
  expect(verifyOrThrow(base).event).toMatchObject({ sequence: 3 });
  const act = () => verifyOrThrow({ ...base, secrets: 'whsec_do-not-tell' });
  expect(act).toThrow(WebhookVerificationError);
  expect(act).toThrow(expect.objectContaining({ reason: 'bad_secret', fault: 'setup' }));
  expect(act).not.toThrow(/do-not-tell/);
});

test('makeVerifier fails at once on a bad secret, and then only judges', () => {
  expect(() => makeVerifier({ secrets: '' })).toThrow(WebhookVerificationError);
  const verifier = makeVerifier({ secrets: secret });
  expect(verifier({ headers: signed, body, now })).toMatchObject({ ok: true });
  expect(verifier({ headers: {}, body, now })).toMatchObject({ reason: 'missing_signature' });
});

test('accepts what standardwebhooks signs', () => {
  const shared = newSecret();
  const signature = new Webhook(shared).sign('msg_1', new Date(now), body);
  const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': String(seconds), 'webhook-signature': signature };
  expect(verify({ headers, body, secrets: shared, now })).toMatchObject({ ok: true, scheme: 'v1', id: 'msg_1' });
});

const secretsOfAnyKind = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }).filter((text) => !/^wh(sec|sk|pk)_/.test(text)),
  fc.uint8Array({ minLength: 1, maxLength: 80 }).map((bytes) => `whsec_${Buffer.from(bytes).toString('base64')}`),
);
const families = fc.constantFrom<SchemeFamily>('standard', 'hub256', 'hub');

test('any body and secret round-trips, text or bytes', () => {
  fc.assert(
    fc.property(
      secretsOfAnyKind,
      fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
      families,
      (shared, value, require) => {
        const text = JSON.stringify(value);
        const headers = signRequest({ secret: shared, body: text, timestamp: seconds });
        for (const form of [text, Buffer.from(text)]) {
          expect(verify({ headers, body: form, secrets: shared, now, require })).toMatchObject({ ok: true });
        }
      },
    ),
  );
});

test('no changed byte of a body gets through', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 600 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      families,
      (bytes, at, flip, require) => {
        const headers = signRequest({ secret: [secret, pair.secretKey], body: bytes, timestamp: seconds });
        const changed = Uint8Array.from(bytes);
        changed[at % bytes.length]! ^= flip;
        for (const secrets of [secret, pair.publicKey]) {
          if (secrets === pair.publicKey && require !== 'standard') continue;
          expect(verifySignature({ headers, body: bytes, secrets, now, require })).toMatchObject({ ok: true });
          expect(verifySignature({ headers, body: changed, secrets, now, require })).toMatchObject({
            reason: 'no_match',
          });
        }
      },
    ),
  );
});

test('no changed character of a signed header gets through', () => {
  const v1a = { ...signed, 'webhook-signature': signV1a(pair.secretKey, 'evt_9', seconds, body) };
  const cases: [Record<string, string>, string, SchemeFamily, string][] = [
    [signed, 'webhook-id', 'standard', secret],
    [signed, 'webhook-timestamp', 'standard', secret],
    [signed, 'webhook-signature', 'standard', secret],
    [v1a, 'webhook-signature', 'standard', pair.publicKey],
    [signed, 'x-hub-signature', 'hub', secret],
    [signed, 'x-hub-signature-256', 'hub256', secret],
  ];
  for (const [headers, name, require, secrets] of cases) {
    const value = headers[name]!;
    for (let at = 0; at < value.length; at += 1) {
      for (const other of '09aAbBzZ+/=-,. ') {
        if (other === value[at]) continue;
        const changed = value.slice(0, at) + other + value.slice(at + 1);
        const verdict = verifySignature({ headers: { ...headers, [name]: changed }, body, secrets, now, require });
        expect(verdict.ok, `${name}: ${changed}`).toBe(false);
      }
    }
  }
});
