// Station 5 of 7 (before: deliveries/attempt, after: deliveries/settle). Sends one signed POST and says how it ended:
// no redirects, no decompression, no proxy, nothing longer than its limits.
import type { ConnectionPool } from './connection-pool.ts';
import { Exchange } from './exchange.ts';
import type { PostHandle, PostRequest, Settle } from './outcome.ts';

export const post = (pool: ConnectionPool, request: PostRequest, settle: Settle): PostHandle => {
  const exchange = new Exchange(pool, pool.originOf(request.target), request, settle);
  pool.start(exchange);
  exchange.posting = false;
  return exchange;
};
