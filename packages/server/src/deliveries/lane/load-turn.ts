// Loads the settings of webhooks that have something to send and are not in memory, or whose settings changed.
import type { Turn } from '../settle/settle-turn.ts';
import { closeQueue, type DispatchState } from './dispatch-state.ts';
import { laneOf } from './lane-of.ts';
import { letGo, makeQueue, type Queue, type SendingWebhook } from './queue.ts';

/** A webhook's settings with the health that was last written down. */
export type LoadedWebhook = {
  webhook: SendingWebhook;
  breaker: { open: boolean; reason: string | null; probeAtMs: number; probes: number };
  failingSinceMs: number | null;
};

/** Those that exist, in any order. */
export type LoadWebhooks = (webhookNos: readonly number[]) => Promise<LoadedWebhook[]>;

const MAX_BATCH = 500;

/** Those that wait for their turn to send come first: more in memory would only wait beside them. */
export const roomToLoad = ({ waiting }: DispatchState): number =>
  Math.max(0, MAX_BATCH - waiting.proven.size - waiting.unproven.size);

export const loadTurn = async (load: LoadWebhooks, state: DispatchState, turn: Turn, nowMs: number): Promise<void> => {
  const nos = [...state.wanted].slice(0, roomToLoad(state));
  if (nos.length === 0) return;
  const loaded = await load(nos);
  for (const webhookNo of nos) state.wanted.delete(webhookNo);
  for (const one of loaded) {
    const lane = laneOf(one.webhook.webhookNo);
    const epoch = state.epochs.get(lane);
    if (epoch === undefined) continue;
    let queue = state.queues.get(one.webhook.webhookNo);
    if (queue !== undefined) refresh(state, queue, one);
    else {
      queue = makeQueue(one.webhook, lane, epoch, nowMs);
      applyHealth(queue, one);
      state.queues.set(one.webhook.webhookNo, queue);
    }
    turn.touched.add(queue);
  }
};

const applyHealth = (queue: Queue, loaded: LoadedWebhook): void => {
  Object.assign(queue.breaker, loaded.breaker, { inRow: 0, recent: [] });
  queue.failingSinceMs = loaded.failingSinceMs;
};

const refresh = (state: DispatchState, queue: Queue, loaded: LoadedWebhook): void => {
  const { webhookNo, policy, state: next } = loaded.webhook;
  const wasActive = queue.webhook.state === 'active';
  queue.webhook = loaded.webhook;
  // The window's bookkeeping depends on the ordering: empty it, then begin anew.
  if ((policy.ordering === 'subject') !== queue.window.ordered) {
    closeQueue(state, queue);
    queue.renew = true;
    return;
  }
  if (!state.health.has(webhookNo)) applyHealth(queue, loaded);
  if (next !== 'active' && wasActive) letGo(queue);
  if (next === 'active') {
    queue.tokenAtMs = 0;
    queue.unread = true;
    queue.hasParked = true;
    queue.dueAtMs = 0;
  }
};
