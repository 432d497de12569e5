// Carries out running replays, each in small steps and in turn, on as many nodes as like to.
import { setTimeout as wait } from 'node:timers/promises';
import type { Sql } from '../../db/types.ts';
import type { Wake } from '../../events/event.ts';
import type { Clock } from '../../lib/clock.ts';
import { stepReplay, type StepLimits } from './step-replay.ts';

export type ReplayDeps = {
  sql: Sql;
  clock: Clock;
  wake: Wake;
  onError: (error: unknown) => void;
  limits?: StepLimits;
  pollMs?: number;
};

const POLL_MS = 500;

/** Resolves after `signal`, when the step under way has ended. */
export const runReplays = async (deps: ReplayDeps, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    let busy = false;
    try {
      busy = await stepAll(deps, signal);
    } catch (error) {
      deps.onError(error);
    }
    if (!busy) await wait(deps.pollMs ?? POLL_MS, undefined, { signal }).catch(() => undefined);
  }
};

/** One step of each running replay; true when any of them queued or looked at something. */
export const stepAll = async (
  deps: Pick<ReplayDeps, 'sql' | 'clock' | 'wake' | 'limits'>,
  signal?: AbortSignal,
): Promise<boolean> => {
  const running = await deps.sql<{ replayNo: number }[]>`
    select replay_no as "replayNo" from replays where state = 'running' order by replay_no`;
  let busy = false;
  for (const { replayNo } of running) {
    if (signal?.aborted) break;
    const { state, queued, webhookNo } = await stepReplay(deps, replayNo);
    if (queued > 0 && webhookNo !== null) deps.wake([webhookNo]);
    if (state === 'stepped') busy = true;
  }
  return busy;
};
