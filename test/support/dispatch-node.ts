// A sending node inside the test's process: the house's own sending side on the test's database.
import { randomBytes } from 'node:crypto';
import { parseAllowListOrThrow } from '../../packages/server/src/egress/allow-list.ts';
import { makePoster } from '../../packages/server/src/egress/make-poster.ts';
import { startDispatch, type DispatchSide } from '../../packages/server/src/house/start-dispatch.ts';
import { makeSystemClock } from '../../packages/server/src/lib/clock.ts';
import { makeSealer } from '../../packages/server/src/lib/seal.ts';
import { makeLogger } from '../../packages/server/src/observability/make-logger.ts';
import type { TestDatabase } from './database.ts';

export type TestNode = AsyncDisposable &
  Pick<DispatchSide, 'wake' | 'changed'> & {
    state: NonNullable<DispatchSide['state']>;
    /** The lanes that it owns now. */
    owned: () => number[];
  };

export const startNode = async (database: TestDatabase): Promise<TestNode> => {
  const stack = new AsyncDisposableStack();
  const poster = makePoster({ rules: parseAllowListOrThrow('127.0.0.1'), now: () => performance.now() });
  stack.defer(() => poster.destroy());
  const logger = makeLogger({ level: 'silent' });
  const { state, wake, changed } = await startDispatch(
    {
      sql: database.sql,
      connection: database.connection,
      sealer: makeSealer(Buffer.alloc(32, 7)),
      clock: makeSystemClock(),
      poster,
      nodeId: `node-${randomBytes(4).toString('hex')}`,
      roles: ['dispatch'],
      onError: (error) => logger.error({ err: error }, 'dispatch'),
      logger,
    },
    stack,
  );
  if (state === null) throw new Error('a node with the role dispatch has no dispatcher');
  return {
    state,
    owned: () => [...state.epochs.keys()],
    wake,
    changed,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
};
