// Waits until nothing is on its way any more, and says how the ledger then stands.
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@bowline/contract/client';
import { getLedger, type LedgerCounts } from '@bowline/contract/deliveries/ledger';

const LOOK_EVERY_MS = 50;

/** The total at the moment when nothing was pending, or at the time limit. */
export const settleLedger = async (client: Client, envId: string, limitMs: number): Promise<LedgerCounts> => {
  const end = performance.now() + limitMs;
  for (;;) {
    const { total } = await client.call(getLedger, { params: { env_id: envId } });
    if (total.pending === 0 || performance.now() > end) return total;
    await wait(LOOK_EVERY_MS);
  }
};
