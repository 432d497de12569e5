// Puts the guarded outgoing side together: one poster for a process, shared by all webhooks.
import type { AllowRules } from './allow-list.ts';
import { ConnectionPool, type PoolStats } from './connection-pool.ts';
import { explainUrl, type UrlExplanation } from './explain-url.ts';
import { judgeUrl, type UrlVerdict } from './guard-url.ts';
import type { PostHandle, PostRequest, Settle } from './outcome.ts';
import { post } from './post.ts';
import { makeResolver, type Resolve } from './resolve-name.ts';

export type PosterOptions = {
  rules: AllowRules;
  /** Milliseconds that only go forward, as `performance.now`. */
  now: () => number;
  /** Names to addresses; the system's resolver by default. */
  resolve?: Resolve;
  /** How long a resolved name is used again; 0 asks for every connection. */
  keepNamesMs?: number;
  connectMs?: number;
  keepAliveMs?: number;
  maxOrigins?: number;
  maxSockets?: number;
  /** Certificate authorities in PEM, instead of those that Node trusts. */
  ca?: string;
};

export type Poster = {
  post(request: PostRequest, settle: Settle): PostHandle;
  judge(url: string): UrlVerdict;
  explain(url: string): Promise<UrlExplanation>;
  stats(): PoolStats;
  /** Takes no new POSTs and resolves once those in the air have settled. */
  close(): Promise<void>;
  /** Aborts what is in the air and closes everything. */
  destroy(): Promise<void>;
};

const DEFAULTS = { connectMs: 5_000, keepAliveMs: 10_000, maxOrigins: 512, maxSockets: 4_096 };
const NOTHING_TO_ABORT: PostHandle = { abort: () => undefined };

export const makePoster = (options: PosterOptions): Poster => {
  const { rules, now, ca } = options;
  const limits = {
    connectMs: options.connectMs ?? DEFAULTS.connectMs,
    keepAliveMs: options.keepAliveMs ?? DEFAULTS.keepAliveMs,
    maxOrigins: options.maxOrigins ?? DEFAULTS.maxOrigins,
    maxSockets: options.maxSockets ?? DEFAULTS.maxSockets,
  };
  const resolve = makeResolver({
    now,
    // Shorter than the connection's own limit, so that a dead name is reported as such.
    timeoutMs: Math.ceil(limits.connectMs * 0.8),
    ...(options.resolve && { resolve: options.resolve }),
    ...(options.keepNamesMs !== undefined && { keepMs: options.keepNamesMs }),
  });
  // One origin may take half of all sockets, so that a second one always finds some.
  const maxSocketsPerOrigin = Math.max(1, Math.floor(limits.maxSockets / 2));
  const pool = new ConnectionPool({
    ...limits,
    maxSocketsPerOrigin,
    rules,
    resolve,
    now,
    ...(ca !== undefined && { ca }),
  });
  let closing = false;

  return {
    post(request, settle) {
      if (!closing) return post(pool, request, settle);
      queueMicrotask(() =>
        settle({ kind: 'failed', code: 'aborted', message: 'shutting down', totalUs: 0, reused: false }),
      );
      return NOTHING_TO_ABORT;
    },
    judge: (url) => judgeUrl(url, rules),
    explain: (url) => explainUrl(url, rules, resolve),
    stats: () => pool.stats(),
    close() {
      closing = true;
      return pool.drain();
    },
    destroy() {
      closing = true;
      pool.abortAll('shutting down');
      return pool.drain();
    },
  };
};
