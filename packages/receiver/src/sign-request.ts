// The headers of a signed delivery, for receivers' own tests: post your body with them and your endpoint must accept it.
import { randomUUID } from 'node:crypto';
import type { Body } from './keyed-hash.ts';
import { makeSigner, signV1a } from './sign.ts';

export type SignRequestInput = {
  /** One secret, or several while they rotate: the current one first. `whsk_` keys add a v1a signature. */
  secret: string | readonly string[];
  body: Body;
  /** The event's id; a new one by default. */
  id?: string;
  /** Unix seconds; now by default. */
  timestamp?: number;
};

/** All headers of a delivery of `body`. The X-Hub headers are made with the first shared secret. */
export const signRequest = (input: SignRequestInput): Record<string, string> => {
  const { body, id = `evt_${randomUUID()}`, timestamp = Math.floor(Date.now() / 1000) } = input;
  const secrets = typeof input.secret === 'string' ? [input.secret] : input.secret;
  if (secrets.length === 0) throw new RangeError('secret: give at least one');
  const isAsymmetric = (secret: string) => secret.startsWith('whsk_');
  const first = secrets.find((secret) => !isAsymmetric(secret));
  const hub = first === undefined ? undefined : makeSigner(first);
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': secrets
      .map((secret) =>
        isAsymmetric(secret) ? signV1a(secret, id, timestamp, body) : makeSigner(secret).standard(id, timestamp, body),
      )
      .join(' '),
    ...(hub && { 'x-hub-signature': hub.hub(body), 'x-hub-signature-256': hub.hub256(body) }),
  };
};
