// The reading and repairing side of deliveries: each route of the contract bound to the room that answers it.
import {
  explainDelivery,
  getAttempt,
  getDelivery,
  listDeliveries,
  retryDelivery,
} from '@bowline/contract/deliveries/deliveries';
import { getEvent, listEvents } from '@bowline/contract/deliveries/events';
import { getLedger } from '@bowline/contract/deliveries/ledger';
import {
  cancelReplay,
  createReplay,
  getReplay,
  listReplays,
  pauseReplay,
  resumeReplay,
} from '@bowline/contract/deliveries/replays';
import type { Sql } from '../../db/types.ts';
import { readLedger } from '../../deliveries/ledger/read-ledger.ts';
import { explainDelivery as explain } from '../../deliveries/log/explain-delivery.ts';
import { getAttempt as readAttempt, type RebuildRequest } from '../../deliveries/log/get-attempt.ts';
import { getDelivery as readDelivery } from '../../deliveries/log/get-delivery.ts';
import { getEvent as readEvent } from '../../deliveries/log/get-event.ts';
import { listDeliveries as readDeliveries } from '../../deliveries/log/list-deliveries.ts';
import { listEvents as readEvents } from '../../deliveries/log/list-events.ts';
import { createReplay as startReplay } from '../../deliveries/replay/create-replay.ts';
import { getReplay as readReplay, listReplays as readReplays } from '../../deliveries/replay/get-replays.ts';
import { moveReplay, type ReplayMove } from '../../deliveries/replay/move-replay.ts';
import { retryDelivery as retry } from '../../deliveries/replay/retry-delivery.ts';
import { requireEnvironment } from '../../environments/require-environment.ts';
import type { Wake } from '../../events/event.ts';
import type { Clock } from '../../lib/clock.ts';
import { bindRoute, type BoundRoute } from '../bound-route.ts';

export type DeliveryRouteDeps = {
  sql: Sql;
  clock: Clock;
  /** Tells the lanes that a retry has made something due. */
  wake: Wake;
  rebuildRequest: RebuildRequest;
};

export const deliveryRoutes = (deps: DeliveryRouteDeps): BoundRoute[] => [
  ...eventRoutes(deps),
  ...logRoutes(deps),
  ...replayRoutes(deps),
];

const eventRoutes = ({ sql }: DeliveryRouteDeps): BoundRoute[] => [
  bindRoute(listEvents, async ({ params, query }) => {
    await requireEnvironment(sql, params.env_id);
    return readEvents(sql, params.env_id, query);
  }),
  bindRoute(getEvent, ({ params }) => readEvent(sql, params.env_id, params.event_id)),
  bindRoute(getLedger, async ({ params }) => {
    await requireEnvironment(sql, params.env_id);
    return readLedger(sql, params.env_id);
  }),
];

const logRoutes = (deps: DeliveryRouteDeps): BoundRoute[] => [
  bindRoute(listDeliveries, async ({ params, query }) => {
    await requireEnvironment(deps.sql, params.env_id);
    return readDeliveries(deps.sql, params.env_id, query);
  }),
  bindRoute(getDelivery, ({ params }) => readDelivery(deps.sql, params.env_id, params.delivery_id)),
  bindRoute(getAttempt, ({ params }) => readAttempt(deps, params.env_id, params.delivery_id, params.attempt)),
  bindRoute(explainDelivery, ({ params }) => explain(deps.sql, params.env_id, params.delivery_id)),
  bindRoute(retryDelivery, ({ params }) => retry(deps, params.env_id, params.delivery_id)),
];

const replayRoutes = (deps: DeliveryRouteDeps): BoundRoute[] => {
  const move = (name: ReplayMove) => (input: { params: { env_id: string; replay_id: string } }) =>
    moveReplay(deps, input.params.env_id, input.params.replay_id, name);
  return [
    bindRoute(createReplay, ({ params, body }) => startReplay(deps, params.env_id, body)),
    bindRoute(listReplays, async ({ params, query }) => {
      await requireEnvironment(deps.sql, params.env_id);
      return readReplays(deps.sql, params.env_id, query);
    }),
    bindRoute(getReplay, ({ params }) => readReplay(deps.sql, params.env_id, params.replay_id)),
    bindRoute(pauseReplay, move('pause')),
    bindRoute(resumeReplay, move('resume')),
    bindRoute(cancelReplay, move('cancel')),
  ];
};
