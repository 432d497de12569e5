// The sending role of a node: owns its share of the lanes, hears the other nodes' hints, and runs the dispatcher.
import { listen } from '../../db/listen.ts';
import type { Connection, Sql } from '../../db/types.ts';
import type { AttemptDeps } from '../attempt/make-attempt.ts';
import { makeBell } from '../../lib/bell.ts';
import { makeDispatcher, type Dispatcher, type DispatcherDeps } from './dispatcher.ts';
import { CHANNELS, readHint } from './hints.ts';
import type { LoadWebhooks } from './load-turn.ts';
import { ownLanes } from './own-lanes.ts';

export type DispatchDeps = AttemptDeps & {
  /** The pool, for the lanes' books. */
  sql: Sql;
  /** A client with exactly one connection, for settles and reads. */
  dispatchSql: Sql;
  connection: Connection;
  nodeId: string;
  roles: readonly string[];
  loadWebhooks: LoadWebhooks;
  announceLanes: () => void;
  onError: (error: unknown) => void;
  onHealth: DispatcherDeps['onHealth'];
};

export type RunningDispatch = AsyncDisposable & { dispatcher: Dispatcher };

/** Starts sending. Disposing of it drains what is in the air, settles it, and frees the lanes for the other nodes. */
export const runDispatch = async (deps: DispatchDeps): Promise<RunningDispatch> => {
  const nudge = makeBell();
  const dispatcher = makeDispatcher({ ...deps, sql: deps.dispatchSql, onLaneLost: nudge.ring });
  const hints = await listen(
    deps.connection,
    Object.values(CHANNELS),
    (channel, payload) => {
      if (channel === CHANNELS.lanes) nudge.ring();
      else if (channel === CHANNELS.changed) for (const no of readHint(payload)) dispatcher.changed(no);
      else dispatcher.wake(readHint(payload));
    },
    { applicationName: 'bowline hints' },
  );
  const stopOwning = new AbortController();
  const stopRunning = new AbortController();
  const running = dispatcher.run(stopRunning.signal);
  const owning = ownLanes(
    {
      sql: deps.sql,
      connection: deps.connection,
      nodeId: deps.nodeId,
      roles: deps.roles,
      holder: dispatcher,
      clock: deps.clock,
      announce: deps.announceLanes,
      onError: deps.onError,
      nudged: nudge.heard,
    },
    stopOwning.signal,
  );
  const close = async () => {
    stopOwning.abort();
    nudge.ring();
    await owning;
    stopRunning.abort();
    await running;
    await hints[Symbol.asyncDispose]();
  };
  return { dispatcher, [Symbol.asyncDispose]: close };
};
