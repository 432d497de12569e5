// What the sending side holds at this moment, for /metrics.
import type { DispatchState } from '../deliveries/lane/dispatch-state.ts';
import type { Poster } from '../egress/make-poster.ts';
import type { Metrics } from '../observability/make-metrics.ts';

export const observeDispatch = (metrics: Metrics, state: Readonly<DispatchState> | null, poster: Poster): void => {
  if (state === null) return;
  const show = (name: string, help: string, read: () => number) =>
    metrics.gauge(name, help, [], (gauge) => gauge.set(read()));
  show('bowline_lanes_owned', 'Lanes that this node sends for', () => state.epochs.size);
  show('bowline_attempts_in_air', 'POSTs under way', () => state.inAir);
  show('bowline_attempts_started_total', 'POSTs since the start', () => state.sent);
  show('bowline_deliveries_settled_total', 'Deliveries settled since the start', () => state.settled);
  show('bowline_queues_in_memory', 'Webhooks with a window in memory', () => state.queues.size);
  show('bowline_breakers_open', 'Webhooks whose breaker is open, of those in memory', () =>
    [...state.queues.values()].reduce((sum, queue) => sum + (queue.breaker.open ? 1 : 0), 0),
  );
  show('bowline_egress_sockets', 'Open sockets to receivers', () => poster.stats().sockets);
};
