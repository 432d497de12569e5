// The dispatcher's side of owning lanes: which are ours, and what becomes of their queues when that changes.
import { closeQueue, forgetQueue, type DispatchState } from './dispatch-state.ts';
import type { LaneHolder } from './own-lanes.ts';
import type { Queue } from './queue.ts';
import { windowSize } from './window.ts';

/** `settled` is to be called after each turn: a drain is over when its queues' windows are empty. */
export const holdLanes = (state: DispatchState, ring: () => void): LaneHolder & { settled(): void } => {
  const drains = new Set<() => void>();
  const queuesOf = (lanes: readonly number[]): Queue[] =>
    [...state.queues.values()].filter((queue) => lanes.includes(queue.lane));

  const lose = (lanes: readonly number[]): void => {
    for (const queue of queuesOf(lanes)) {
      closeQueue(state, queue);
      forgetQueue(state, queue);
      for (const handle of queue.inAir) handle.abort('the lane was lost');
    }
    for (const lane of lanes) state.epochs.delete(lane);
    for (const check of drains) check();
  };

  const drain = async (lanes: readonly number[]): Promise<void> => {
    const queues = queuesOf(lanes);
    for (const queue of queues) closeQueue(state, queue);
    const isOut = (queue: Queue) => state.queues.get(queue.webhook.webhookNo) === queue && windowSize(queue.window) > 0;
    await new Promise<void>((resolve) => {
      const check = () => {
        if (queues.some(isOut)) return;
        drains.delete(check);
        resolve();
      };
      drains.add(check);
      check();
    });
    lose(lanes);
  };

  return {
    lose,
    drain,
    owned: () => [...state.epochs.keys()],
    alive: (untilMs) => {
      state.aliveUntilMs = untilMs;
    },
    settled: () => {
      for (const check of drains) check();
    },
    gain: (lanes) => {
      const fresh = lanes.filter(({ lane, epoch }) => state.epochs.get(lane) !== epoch);
      if (fresh.length === 0) return;
      lose(fresh.map(({ lane }) => lane).filter((lane) => state.epochs.has(lane)));
      for (const { lane, epoch } of fresh) state.epochs.set(lane, epoch);
      state.pollNow = true;
      ring();
    },
  };
};
