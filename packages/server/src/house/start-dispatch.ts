// The sending side: poster, dispatcher and the hints between nodes.
import { connectDatabase } from '../db/connect.ts';
import type { Connection, Sql } from '../db/types.ts';
import { makeHints } from '../deliveries/lane/hints.ts';
import type { DispatchState } from '../deliveries/lane/dispatch-state.ts';
import type { Dispatcher } from '../deliveries/lane/dispatcher.ts';
import { laneOf } from '../deliveries/lane/lane-of.ts';
import { runDispatch } from '../deliveries/lane/run-dispatch.ts';
import { sendingWebhook } from '../deliveries/lane/sending-webhook.ts';
import type { Poster } from '../egress/make-poster.ts';
import type { Wake } from '../events/event.ts';
import type { Clock } from '../lib/clock.ts';
import type { Sealer } from '../lib/seal.ts';
import type { Health } from '../deliveries/settle/sql/save-health.ts';
import type { Logger } from '../observability/make-logger.ts';
import { loadWebhooksForSending } from '../webhooks/load-for-sending.ts';

export type DispatchSide = {
  /** After a commit that recorded events. */
  wake: Wake;
  /** After a commit that changed a webhook, or made one of its deliveries due. */
  changed: (webhookNo: number) => void;
  /** Null where this node does not send. */
  state: Readonly<DispatchState> | null;
};

type Deps = {
  sql: Sql;
  connection: Connection;
  sealer: Sealer;
  clock: Clock;
  poster: Poster;
  nodeId: string;
  roles: readonly string[];
  onError: (error: unknown) => void;
  logger: Logger;
};

export const startDispatch = async (deps: Deps, stack: AsyncDisposableStack): Promise<DispatchSide> => {
  const { sql, sealer, poster, roles, onError } = deps;
  const own = { dispatcher: null as Dispatcher | null };
  const isOwn = (webhookNo: number) => own.dispatcher?.state.epochs.has(laneOf(webhookNo)) === true;
  const hints = makeHints(sql, isOwn, onError);
  if (roles.includes('dispatch')) {
    const client = stack.use(await connectDispatchClient(deps.connection));
    const running = stack.use(
      await runDispatch({
        ...deps,
        dispatchSql: client.sql,
        post: poster.post,
        random: Math.random,
        loadWebhooks: async (nos) => {
          const rows = await loadWebhooksForSending({ sql, sealer }, nos);
          return rows.map((row) => sendingWebhook(row, poster.judge));
        },
        announceLanes: hints.lanes,
        onHealth: (changes) => reportHealth(deps.logger, changes),
      }),
    );
    own.dispatcher = running.dispatcher;
  }
  return {
    state: own.dispatcher?.state ?? null,
    wake: (webhookNos) => {
      own.dispatcher?.wake(webhookNos);
      hints.wake(webhookNos);
    },
    changed: (webhookNo) => {
      own.dispatcher?.changed(webhookNo);
      if (!isOwn(webhookNo)) hints.changed(webhookNo);
    },
  };
};

const reportHealth = (logger: Logger, changes: readonly Health[]): void => {
  for (const { webhookNo, open, reason, probes, probeAtMs, disable } of changes) {
    const fields = { webhook_no: webhookNo, reason: disable ?? reason };
    if (disable !== null) logger.error(fields, 'webhook disabled; its deliveries are held until it is resumed');
    else if (!open) logger.info(fields, 'breaker closed: the receiver answers again');
    else if (probes === 0) logger.warn(fields, 'breaker opened; deliveries are held');
    else logger.debug({ ...fields, probes, next_probe_ms: probeAtMs }, 'probe failed');
  }
};

// One connection, so that a turn's statements run in order. Its statements all go from a few keys into large tables: a
// plan made while the tables were small must not be one that reads them whole.
const connectDispatchClient = (connection: Connection) =>
  connectDatabase({
    connection,
    maxConnections: 1,
    applicationName: 'bowline dispatch',
    settings: { enable_hashjoin: 'off', enable_mergejoin: 'off', enable_seqscan: 'off' },
  });
