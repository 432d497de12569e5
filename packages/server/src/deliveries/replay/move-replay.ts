// Pause, resume, cancel. All three act on what is not queued yet: what is queued is a delivery like any other, it is
// owed, and a POST of it may be in the air. A replay keeps few in the queue, so little follows a pause or a cancel.
import { DomainError } from '@bowline/contract/errors';
import type { ReplayAnswer } from '@bowline/contract/deliveries/replays';
import type { Sql } from '../../db/types.ts';
import { formatMicros, type Clock } from '../../lib/clock.ts';
import { getReplay } from './get-replays.ts';

type State = ReplayAnswer['state'];
export type ReplayMove = 'pause' | 'resume' | 'cancel';

/** From where each move leads where. Repeating a move changes nothing and is no error. */
const MOVES: Record<ReplayMove, { from: readonly State[]; to: State }> = {
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  cancel: { from: ['running', 'paused'], to: 'cancelled' },
};

export const moveReplay = async (
  deps: { sql: Sql; clock: Clock },
  envId: string,
  replayId: string,
  move: ReplayMove,
): Promise<ReplayAnswer> => {
  const { from, to } = MOVES[move];
  const moved = await deps.sql`
    update replays set state = ${to}, updated_at = ${formatMicros(deps.clock.nowMicros())}
    where env_id = ${envId} and replay_id = ${replayId} and state = any (${from as State[]})`;
  const replay = await getReplay(deps.sql, envId, replayId);
  if (moved.count === 1 || replay.state === to) return replay;
  throw new DomainError('conflict', `The replay is ${replay.state}; only one that is ${from.join(' or ')} can ${move}`);
};
