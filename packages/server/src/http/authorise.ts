// Who calls, and may they: the key is looked at on every call.
import { DomainError } from '@bowline/contract/errors';
import type { Route } from '@bowline/contract/route';
import type { Authenticator } from '../keys/authenticate.ts';
import type { Caller } from './bound-route.ts';

export type Authorise = (
  auth: Exclude<Route['auth'], 'none'>,
  envId: string | undefined,
  presentedKey: string | string[] | undefined,
) => Caller | Promise<Caller>;

const unauthorized = (message: string): DomainError => new DomainError('unauthorized', message, { field: 'x-api-key' });

const check = (auth: Route['auth'], envId: string | undefined, caller: Caller | null): Caller => {
  if (caller === null) throw unauthorized('x-api-key: this key is unknown or revoked');
  if (caller.role === 'admin') return caller;
  if (auth === 'admin') {
    throw new DomainError('forbidden', 'x-api-key: this call needs an admin key', { field: 'x-api-key' });
  }
  if (caller.envId === null || caller.envId !== envId) {
    throw new DomainError('forbidden', 'x-api-key: this key belongs to another environment', { field: 'x-api-key' });
  }
  return caller;
};

/** Answers without a promise when the key is remembered. */
export const makeAuthorise =
  (authenticator: Authenticator): Authorise =>
  (auth, envId, presentedKey) => {
    if (typeof presentedKey !== 'string' || presentedKey === '') {
      throw unauthorized('x-api-key: is missing; send your key in this header');
    }
    const known = authenticator.authenticate(presentedKey);
    return known instanceof Promise ? known.then((caller) => check(auth, envId, caller)) : check(auth, envId, known);
  };
