// Offers moves to the API at a steady rate and waits until each has arrived at the receiver: open loop, so that a slow
// answer delays no later move and hides nothing.
import type { Moves, Open } from '../processes/caller-main.ts';
import type { Child } from './fork-child.ts';
import type { Site } from './open-site.ts';
import type { Receiver } from './start-receiver.ts';
import { waitUntil } from './wait-until.ts';
import { ENV_ID, FLOW_ID } from './world.ts';

export type Pace = { rate: number; seconds: number; tag: string; tenants: readonly string[] };

export type Latencies = {
  /** From the API's answer to the arrival of the POST, milliseconds. */
  fromAnswer: number[];
  /** From when the move was due, so that also lateness of the API and of the caller counts. */
  fromDue: number[];
  accepted: number;
  failed: number;
  /** Moves per second that were really offered. */
  offered: number;
};

export type Pacer = { caller: Child<object>; site: Site; receiver: Receiver };

/** Arrivals of other moves that the receiver noted meanwhile are left out. */
export const paceMoves = async ({ caller, site, receiver }: Pacer, pace: Pace): Promise<Latencies> => {
  await receiver.take();
  await receiver.reset();
  const { node, keys } = site;
  const target = { url: node.url, key: keys.admin, envId: ENV_ID, flowId: FLOW_ID };
  const options: Open = { ...target, ...pace, tenants: [...pace.tenants] };
  const moves = await caller.call<Moves>('open', options);
  const arrivedAt = new Map<string, number>();
  const haveArrived = async (): Promise<boolean> => {
    const { keys: names, atMs } = await receiver.take();
    for (const [at, name] of names.entries()) if (!arrivedAt.has(name)) arrivedAt.set(name, atMs[at] ?? 0);
    return arrivedAt.size >= moves.keys.length && moves.keys.every((key) => arrivedAt.has(key));
  };
  try {
    await waitUntil('all moves to arrive', haveArrived, { everyMs: 50 });
  } catch (cause) {
    const missing = moves.keys.filter((key) => !arrivedAt.has(key));
    throw new Error(`${missing.length} of ${moves.keys.length} moves did not arrive, first ${missing[0]}`, { cause });
  }
  return latenciesOf(moves, arrivedAt, pace);
};

const latenciesOf = (moves: Moves, arrivedAt: ReadonlyMap<string, number>, { rate, seconds }: Pace): Latencies => {
  const fromAnswer: number[] = [];
  const fromDue: number[] = [];
  for (const [at, key] of moves.keys.entries()) {
    const arrivedMs = arrivedAt.get(key) ?? Number.NaN;
    fromAnswer.push(arrivedMs - (moves.answeredMs[at] ?? Number.NaN));
    fromDue.push(arrivedMs - (moves.dueMs[at] ?? Number.NaN));
  }
  const offered = (rate * seconds) / moves.offeredSeconds;
  return { fromAnswer, fromDue, accepted: moves.keys.length, failed: moves.failed, offered };
};
