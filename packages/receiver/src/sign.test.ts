// The signer against the shared vectors, Node's own HMAC, and the independent standardwebhooks package.
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { readVectors, type Vector } from './fixtures/read-vectors.ts';
import { makeSigner, newKeyPair, newSecret, signV1a } from './sign.ts';
import { signRequest } from './sign-request.ts';

const vectors = readVectors();

const signVector = ({ scheme, secret, body, id = '', timestamp = 0 }: Vector, bytes: Uint8Array | string): string => {
  switch (scheme) {
    case 'x-hub-signature-sha1':
      return makeSigner(secret).hub(bytes);
    case 'x-hub-signature-256':
      return makeSigner(secret).hub256(bytes);
    case 'standard-webhooks-v1':
      return makeSigner(secret).standard(id, timestamp, bytes);
    case 'standard-webhooks-v1a':
      return signV1a(secret, id, timestamp, bytes);
    default:
      throw new Error(`no signer for ${scheme}: ${body}`);
  }
};

describe('the shared vectors', () => {
  test('are all here', () => expect(vectors).toHaveLength(14));

  for (const vector of vectors) {
    test(`${vector.scheme}: ${vector.source} (${vector.secret.slice(0, 5)}…)`, () => {
      expect(signVector(vector, vector.body)).toBe(vector.signature);
      expect(signVector(vector, new TextEncoder().encode(vector.body))).toBe(vector.signature);
    });
  }
});

const hmac = (algorithm: string, key: Uint8Array, body: Uint8Array) => createHmac(algorithm, key).update(body);
const secrets = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 200 })
  .filter((text) => !/^wh(sec|sk|pk)_/.test(text));

test('any secret and any bytes give what createHmac gives, scratch or not', () => {
  const sizes = fc.constantFrom(0, 1, 450, 21_000, 65_152, 65_153, 200_000);
  fc.assert(
    fc.property(secrets, fc.uint8Array({ minLength: 1, maxLength: 64 }), sizes, (secret, seed, size) => {
      const body = Buffer.alloc(size, seed);
      const key = Buffer.from(secret);
      const signer = makeSigner(secret);
      expect(signer.hub(body)).toBe(hmac('sha1', key, body).digest('hex'));
      expect(signer.hub256(body)).toBe(`sha256=${hmac('sha256', key, body).digest('hex')}`);
      const content = Buffer.concat([Buffer.from('evt_1.1700000000.'), body]);
      expect(signer.standard('evt_1', 1_700_000_000, body)).toBe(`v1,${hmac('sha256', key, content).digest('base64')}`);
    }),
    { numRuns: 60 },
  );
});

test('text is signed as its UTF-8 bytes', () => {
  fc.assert(
    fc.property(secrets, fc.string({ unit: 'binary', maxLength: 300 }), (secret, text) => {
      const signer = makeSigner(secret);
      expect(signer.hub256(text)).toBe(signer.hub256(Buffer.from(text)));
    }),
  );
});

test('signers in turn do not disturb each other', () => {
  const [one, two] = [makeSigner('one'), makeSigner('two')];
  const before = one.hub('long body '.repeat(50));
  two.hub('x');
  two.standard('evt_2', 2, 'y');
  expect(one.hub('long body '.repeat(50))).toBe(before);
});

test('standardwebhooks accepts what we sign, and signs what we sign', () => {
  const secret = newSecret();
  const body = '{"tenant":"München","message":"顧客 🚧"}';
  const id = 'evt_1';
  const timestamp = Math.floor(Date.now() / 1000);
  const oracle = new Webhook(secret);
  expect(makeSigner(secret).standard(id, timestamp, body)).toBe(oracle.sign(id, new Date(timestamp * 1000), body));
  expect(oracle.verify(body, signRequest({ secret, body }))).toEqual(JSON.parse(body));
  const rotating = signRequest({ secret: [newSecret(), newKeyPair().secretKey, secret], body });
  expect(rotating['webhook-signature']?.split(' ')).toHaveLength(3);
  expect(oracle.verify(body, rotating)).toEqual(JSON.parse(body));
});

test('new secrets differ and hold 32 bytes', () => {
  expect(newSecret()).not.toBe(newSecret());
  expect(newSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
});

test('an unpadded whsec_ secret is the same key', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAA==';
  expect(makeSigner(secret.slice(0, -2)).standard('a', 1, '')).toBe(makeSigner(secret).standard('a', 1, ''));
});

const refuses = (title: string, act: () => unknown, message: RegExp) => {
  test(`refuses ${title}`, () => {
    expect(act).toThrow(message);
  });
};
const half = newKeyPair().secretKey.slice(0, 45);
refuses('an empty secret', () => makeSigner(''), /secret: is empty/);
refuses('whsec_ with nothing behind it', () => makeSigner('whsec_'), /nothing follows whsec_/);
refuses('whsec_ with other than base64', () => makeSigner('whsec_no-base64!'), /must be base64/);
refuses('base64 of an impossible length', () => makeSigner('whsec_AAAAA'), /must be base64/);
refuses('a public key as an HMAC key', () => makeSigner(newKeyPair().publicKey), /ed25519/);
refuses('a private key as an HMAC key', () => makeSigner(newKeyPair().secretKey), /ed25519/);
refuses('a shared secret for ed25519', () => signV1a(newSecret(), 'a', 1, ''), /needs a whsk_ key/);
refuses('half a whsk_ key', () => signV1a(half, 'a', 1, ''), /64 bytes/);
refuses('an id with a dot', () => makeSigner('s').standard('a.b', 1, ''), /id: /);
refuses('an empty id', () => makeSigner('s').standard('', 1, ''), /id: /);
refuses('an id with a line break', () => makeSigner('s').standard('a\nb', 1, ''), /id: /);
refuses('a broken time', () => makeSigner('s').standard('a', 1.5, ''), /timestamp: /);
refuses('a time before 1970', () => makeSigner('s').standard('a', -1, ''), /timestamp: /);
refuses('a parsed body', () => makeSigner('s').hub({ a: 1 } as unknown as string), /body: /);
refuses('a request without a secret', () => signRequest({ secret: [], body: '' }), /secret: /);

test('refuses a whsk_ key whose halves do not match', () => {
  const [one, two] = [newKeyPair(), newKeyPair()].map(({ secretKey }) => Buffer.from(secretKey.slice(5), 'base64'));
  const mixed = Buffer.concat([one!.subarray(0, 32), two!.subarray(32)]).toString('base64');
  expect(() => signV1a(`whsk_${mixed}`, 'a', 1, '')).toThrow(/do not belong together/);
});

test('errors never hold the secret', () => {
  expect(() => makeSigner('whsec_do-not-tell')).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining('do-not-tell') }),
  );
});
