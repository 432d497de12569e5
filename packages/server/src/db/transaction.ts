// The only maker of a `Tx`. Conflicts that PostgreSQL asks us to repeat are repeated here and nowhere else.
import { setTimeout as wait } from 'node:timers/promises';
import { driverOf } from './driver.ts';
import type { Sql, Tx } from './types.ts';

/** Milliseconds before each further try; with the first there are six. Halved at random so that rivals part. */
const RETRY_DELAYS_MS: readonly number[] = [2, 10, 40, 120, 400];

const RETRYABLE = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
]);

export type TransactionOptions = {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  readonly readOnly?: boolean;
  readonly signal?: AbortSignal;
};

/**
 * Runs `work` in a transaction: committed when its promise fulfils, rolled back when it rejects.
 * `work` may run several times, so it changes nothing but the database; wake-ups come after the commit.
 * An error while committing because the connection broke is thrown: whether it committed is then not known.
 */
export const transaction = async <T>(
  sql: Sql,
  work: (tx: Tx) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> => {
  for (let attempt = 0; ; attempt++) {
    try {
      options.signal?.throwIfAborted();
      return await runOnce(sql, work, options);
    } catch (error) {
      const delay = RETRY_DELAYS_MS[attempt];
      if (delay === undefined || !isRetryable(error)) throw error;
      await wait(delay * (0.5 + Math.random() / 2), undefined, options.signal ? { signal: options.signal } : {});
    }
  }
};

const runOnce = async <T>(sql: Sql, work: (tx: Tx) => Promise<T>, options: TransactionOptions): Promise<T> => {
  const mode = `${options.isolation ? `isolation level ${options.isolation}` : ''} ${options.readOnly ? 'read only' : ''}`;
  // Wrapped, because the driver would take an array apart.
  const boxed = await driverOf(sql).begin(mode, async (tx) => ({ value: await work(tx as unknown as Tx) }));
  return (boxed as { value: T }).value;
};

const isRetryable = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && RETRYABLE.has(String(error.code));
