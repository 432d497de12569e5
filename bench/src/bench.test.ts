// Short forms of the benchmark and of the chaos run, as a user starts them. Figures are not judged here: the machine is
// shared. What is judged is that nothing is lost and that the ledger balances.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const LIMIT_MS = 80_000;

type Output = { stdout: string; stderr: string };

const run = async (program: string, ...args: string[]): Promise<Output & { last: Record<string, unknown> }> => {
  const output = await promisify(execFile)('node', [join(import.meta.dirname, program), ...args], {
    timeout: LIMIT_MS,
  });
  return { ...output, last: JSON.parse(output.stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown> };
};

it(
  'bench: throughput in its quick form balances, and tells what a delivery costs',
  async () => {
    const { last, stderr } = await run('main.ts', '--quick', '--json', '--scenario', 'throughput');
    const { scenarios } = last as { scenarios: Record<string, unknown>[] };
    expect(scenarios).toHaveLength(1);
    expect(scenarios[0]).toMatchObject({ name: 'throughput', ledgerBalanced: true, unit: 'deliveries/s' });
    for (const field of ['value', 'bar', 'limit', 'ratioToLimit', 'statementsPerDelivery']) {
      expect(scenarios[0]?.[field], field).toBeGreaterThan(0);
    }
    expect(stderr).toContain('[throughput] round 1:');
  },
  LIMIT_MS,
);

it(
  'chaos: three kills lose nothing and keep the order',
  async () => {
    const { last } = await run('chaos-main.ts', '--kills', '3', '--seconds', '9', '--json');
    expect(last).toMatchObject({ kills: 3, lost: 0, outOfOrder: 0, ledgerBalanced: true });
    expect(last['recorded']).toBeGreaterThan(100);
    expect(last['duplicates']).toBeLessThanOrEqual(Number(last['duplicatesBound']));
  },
  LIMIT_MS,
);

it('names the scenarios when one is not known', async () => {
  const refused = await run('main.ts', '--scenario', 'speed').catch((error: unknown) => error);
  expect(String((refused as Output).stderr)).toContain(
    'limit, throughput, ingest, latency, isolation, backlog, history',
  );
});
