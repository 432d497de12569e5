// What deliveries cost: CPU of each party and SQL statements, summed over the measured stretches only.
import type { Cost } from '../report/scenario.ts';
import { rounded } from '../report/numbers.ts';
import { countStatements, type LabDatabase } from './open-lab.ts';
import { cpuMicrosOf } from './process-tree.ts';

export type Meter = {
  /** Runs `work`, which returns how many deliveries it made. */
  measure(work: () => Promise<number>): Promise<void>;
  result(): { cpuMicrosPerDelivery: Cost; statementsPerDelivery: number };
};

type Reading = { node: number | null; postgres: number | null; receiver: number | null; statements: number };

export const makeMeter = (pids: { node: number; postgres: number; receiver: number }, database: LabDatabase): Meter => {
  const total: Reading = { node: 0, postgres: 0, receiver: 0, statements: 0 };
  let deliveries = 0;
  const read = async (): Promise<Reading> => ({
    statements: await countStatements(database),
    node: await cpuMicrosOf(pids.node),
    postgres: await cpuMicrosOf(pids.postgres),
    receiver: await cpuMicrosOf(pids.receiver),
  });
  const add = (field: 'node' | 'postgres' | 'receiver', before: Reading, after: Reading): void => {
    const [from, to, sum] = [before[field], after[field], total[field]];
    total[field] = from === null || to === null || sum === null ? null : sum + to - from;
  };
  const each = (sum: number | null): number | null => (sum === null ? null : rounded(sum / deliveries, 1));
  return {
    measure: async (work) => {
      const before = await read();
      deliveries += await work();
      const after = await read();
      for (const field of ['node', 'postgres', 'receiver'] as const) add(field, before, after);
      total.statements += after.statements - before.statements;
    },
    result: () => ({
      cpuMicrosPerDelivery: { node: each(total.node), postgres: each(total.postgres), receiver: each(total.receiver) },
      statementsPerDelivery: rounded(total.statements / deliveries, 4),
    }),
  };
};
