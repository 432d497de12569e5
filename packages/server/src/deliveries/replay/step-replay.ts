// One step of a replay: a short transaction that queues the next events and moves its cursor, both or neither, so that
// it goes on after a crash exactly where it was. The replay's row is locked meanwhile; another node passes over it.
import type { ReplayFilter } from '@bowline/contract/deliveries/replays';
import { transaction } from '../../db/transaction.ts';
import type { Sql, Tx } from '../../db/types.ts';
import { formatMicros, type Clock } from '../../lib/clock.ts';
import { microsOf } from '../log/sql/fragments.ts';
import { allowanceAt, type Allowance } from './allowance.ts';
import { nextCandidates, type Selection } from './sql/candidates.ts';
import { lockEvents, queueAgain } from './sql/queue-again.ts';

export type StepLimits = {
  /** Events queued by one step. */
  batch: number;
  /** Events looked at by one step. */
  window: number;
  /**
   * A replay waits while its webhook has so many deliveries pending: live ones never stand behind more repeats than
   * this, and looking for what is pending already stays cheap, however large the replay.
   */
  backlog: number;
};

export const STEP_LIMITS: StepLimits = { batch: 500, window: 5_000, backlog: 5_000 };

/** `waiting`: for its rate or for room in the queue. `done`: it has ended, or is not ours to run now. */
export type StepOutcome = { state: 'stepped' | 'waiting' | 'done'; queued: number; webhookNo: number | null };

type Deps = { sql: Sql; clock: Clock; limits?: StepLimits };

type Row = {
  envId: string;
  webhookNo: number;
  filter: ReplayFilter;
  includeDelivered: boolean;
  rate: number | null;
  untilEvent: string;
  cursorEvent: string | null;
  createdUs: number;
  updatedUs: number;
  deleted: boolean;
  backlog: number;
};

export const stepReplay = (deps: Deps, replayNo: number): Promise<StepOutcome> =>
  transaction(deps.sql, async (tx) => {
    const limits = deps.limits ?? STEP_LIMITS;
    const row = await lockReplay(tx, replayNo, limits.backlog);
    if (row === null) return { state: 'done', queued: 0, webhookNo: null };
    if (row.deleted) {
      await save(tx, replayNo, { state: 'cancelled', updatedUs: deps.clock.nowMicros() });
      return { state: 'done', queued: 0, webhookNo: row.webhookNo };
    }
    const allowance = allowanceAt(row.rate, row.updatedUs, deps.clock.nowMicros());
    const limit = Math.min(limits.batch, limits.backlog - row.backlog, allowance.count);
    if (limit <= 0) return { state: 'waiting', queued: 0, webhookNo: row.webhookNo };
    return walk(tx, replayNo, row, { limit, window: limits.window, allowance });
  });

const lockReplay = async (tx: Tx, replayNo: number, backlog: number): Promise<Row | null> => {
  const [row] = await tx<Row[]>`
    select r.env_id as "envId", r.webhook_no as "webhookNo", r.filter, r.include_delivered as "includeDelivered", r.rate,
           r.until_event as "untilEvent", r.cursor_event as "cursorEvent", ${microsOf(tx, 'r.created_at')} as "createdUs",
           ${microsOf(tx, 'r.updated_at')} as "updatedUs", w.state = 'deleted' as deleted,
           (select count(*) from (select from pending p where p.webhook_no = r.webhook_no limit ${backlog}) p) as backlog
    from replays r join webhooks w on w.webhook_no = r.webhook_no
    where r.replay_no = ${replayNo} and r.state = 'running'
    for update of r skip locked`;
  return row ?? null;
};

const walk = async (
  tx: Tx,
  replayNo: number,
  row: Row,
  step: { limit: number; window: number; allowance: Allowance },
): Promise<StepOutcome> => {
  const selection: Selection = { ...row, asOfUs: row.createdUs };
  const range = { after: row.cursorEvent, until: row.untilEvent, limit: step.limit, window: step.window };
  const { events, cursor } = await nextCandidates(tx, selection, range);
  if (cursor === null) {
    await save(tx, replayNo, { state: 'completed', updatedUs: step.allowance.spentUs(0) });
    return { state: 'done', queued: 0, webhookNo: row.webhookNo };
  }
  const locked = events.length === 0 ? [] : await lockEvents(tx, row.envId, events);
  const { queued, skipped } =
    locked.length === 0 ? { queued: [], skipped: 0 } : await queueAgain(tx, { ...row, events: locked, replayNo });
  const updatedUs = step.allowance.spentUs(queued.length);
  const vanished = events.length - locked.length;
  await save(tx, replayNo, { cursor, queued: queued.length, skipped: skipped + vanished, updatedUs });
  return { state: 'stepped', queued: queued.length, webhookNo: row.webhookNo };
};

type Change = { state?: string; cursor?: string; queued?: number; skipped?: number; updatedUs: number };

const save = async (tx: Tx, replayNo: number, change: Change): Promise<void> => {
  await tx`
    update replays set state = coalesce(${change.state ?? null}, state),
      cursor_event = coalesce(${change.cursor ?? null}::uuid, cursor_event),
      queued = queued + ${change.queued ?? 0}, skipped = skipped + ${change.skipped ?? 0},
      updated_at = ${formatMicros(change.updatedUs)}
    where replay_no = ${replayNo}`;
};
