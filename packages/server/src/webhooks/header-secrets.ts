// Custom headers may carry credentials: those that do by their names are stored sealed and shown masked.
import { DomainError } from '@bowline/contract/errors';
import { isSensitiveHeader, MASKED } from '@bowline/contract/webhook-headers';
import type { Sealer } from '../lib/seal.ts';
import { headerContext } from './webhook-secret.ts';

type Headers = Readonly<Record<string, string>>;
/** As in `webhooks.policy` and `webhook_versions.headers`. */
export type StoredHeaders = Readonly<Record<string, string | { sealed: string }>>;
export type HeaderOwner = { envId: string; webhookId: string };

const findStored = (stored: StoredHeaders, name: string): StoredHeaders[string] | undefined =>
  Object.entries(stored).find(([other]) => other.toLowerCase() === name.toLowerCase())?.[1];

const mapHeaders = <T, U>(
  headers: Readonly<Record<string, T>>,
  map: (name: string, value: T) => U,
): Record<string, U> => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, map(name, value)]));

/** The masked text, sent back as it was read, keeps what is stored in `before`. */
export const sealHeaders = (
  sealer: Sealer,
  owner: HeaderOwner,
  headers: Headers,
  before: StoredHeaders,
): StoredHeaders =>
  mapHeaders(headers, (name, value) => {
    if (!isSensitiveHeader(name)) return value;
    if (value !== MASKED) {
      const sealed = sealer.seal(value, headerContext(owner.envId, owner.webhookId, name));
      return { sealed: sealed.toString('base64') };
    }
    const kept = findStored(before, name);
    if (kept === undefined) {
      const field = `policy.headers.${name}`;
      throw new DomainError(
        'bad_request',
        `${field}: ${MASKED} stands for a stored value, and there is none; send the value`,
        { field },
      );
    }
    return kept;
  });

/** For sending only. */
export const openHeaders = (sealer: Sealer, owner: HeaderOwner, stored: StoredHeaders): Record<string, string> =>
  mapHeaders(stored, (name, value) =>
    typeof value === 'string'
      ? value
      : sealer.openText(Buffer.from(value.sealed, 'base64'), headerContext(owner.envId, owner.webhookId, name)),
  );

/** For showing. */
export const maskHeaders = (stored: StoredHeaders): Record<string, string> =>
  mapHeaders(stored, (_, value) => (typeof value === 'string' ? value : MASKED));
