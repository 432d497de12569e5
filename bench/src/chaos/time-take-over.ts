// How long the lanes of a killed node stay without an owner.
import { setTimeout as wait } from 'node:timers/promises';
import { monotonicMs } from '../report/monotonic.ts';
import type { ChaosDatabase } from './chaos-database.ts';

const LOOK_EVERY_MS = 50;
const LIMIT_MS = 60_000;

/** The nodes that run under this role, which no other node of the run has. */
export const findNodeIds = async (database: ChaosDatabase, mark: string): Promise<string[]> => {
  const rows = await database.ask(
    (sql) => sql<{ id: string }[]>`select node_id as id from nodes where ${mark} = any (roles)`,
  );
  return rows?.map((row) => row.id) ?? [];
};

/** Milliseconds until none of their lanes is left; null when the database did not answer throughout. */
export const timeTakeOver = async (database: ChaosDatabase, nodeIds: readonly string[]): Promise<number | null> => {
  const startedMs = monotonicMs();
  while (monotonicMs() - startedMs < LIMIT_MS) {
    const rows = await database.ask((sql) => sql`select from lanes where owner = any (${nodeIds as string[]}) limit 1`);
    if (rows === null) return null;
    if (rows.length === 0) return Math.round(monotonicMs() - startedMs);
    await wait(LOOK_EVERY_MS);
  }
  return LIMIT_MS;
};
