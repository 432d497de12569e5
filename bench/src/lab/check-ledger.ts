// The check that every run ends with: what the ledger says must balance, and agree with what the benchmark itself knows.
import type { Client } from '@bowline/contract/client';
import { getLedger } from '@bowline/contract/deliveries/ledger';
import { ENV_ID } from './world.ts';

export type Known = {
  /** Deliveries that the benchmark caused. */
  recorded: number;
  /** POSTs that the receivers have answered with 200. */
  arrived: number;
};

export type LedgerCheck = { ledgerBalanced: boolean; ledger: Record<string, unknown> };

export const checkLedger = async (client: Client, known: Known): Promise<LedgerCheck> => {
  const { total } = await client.call(getLedger, { params: { env_id: ENV_ID } });
  const { balanced, recorded, delivered } = total;
  const ledgerBalanced = balanced && recorded === known.recorded && known.arrived >= delivered;
  return { ledgerBalanced, ledger: { ...total, ...(ledgerBalanced ? {} : { known }) } };
};
