// A route of the contract together with what happens: the unit that each group of routes hands to the server.
import type { Route, RouteAnswer, RouteInput } from '@bowline/contract/route';

/** Who calls, as the key says. `envId` is null for an admin key. */
export type Caller = { keyId: string; role: 'admin' | 'secret'; envId: string | null };

export type Handler<R extends Route> = (
  input: RouteInput<R> & { caller: Caller; requestId: string },
) => Promise<RouteAnswer<R>>;

export type BoundRoute = { route: Route; handle: (input: never) => Promise<unknown> };

export const bindRoute = <R extends Route>(route: R, handle: Handler<R>): BoundRoute => ({
  route,
  handle: handle as (input: never) => Promise<unknown>,
});
