// One round of what the machine could do at best, for the ratios of the same run.
import { setTimeout as wait } from 'node:timers/promises';
import type { Child } from './fork-child.ts';

export type LimitRound = {
  /** POSTs per second of a bare undici loop (`Pool.request`, 64 connections): what the bars refer to. */
  pool: number;
  /** Of the engine's own outgoing side: stricter. */
  poster: number;
};

/** What the round before left to do (an autovacuum, a checkpoint) should not slow this one. */
const QUIET_MS = 300;

export const limitRound = async (sender: Child<object>, count: number): Promise<LimitRound> => {
  await wait(QUIET_MS);
  const pool = await sender.call<number>('pool', { count });
  const poster = await sender.call<number>('poster', { count });
  return { pool, poster };
};
