// The ledger: recorded = delivered + pending + held + given up, per webhook and in all.
import { z } from 'zod';
import { envParams, PREFIX } from '../management/common.ts';
import { defineRoute } from '../route.ts';
import { SUBSCRIPTIONS } from '../subscriptions.ts';

const counts = {
  recorded: z.int(),
  delivered: z.int(),
  pending: z.int(),
  held: z.int(),
  given_up: z.int(),
  balanced: z.boolean(),
};
export const ledgerCounts = z.strictObject(counts);
export type LedgerCounts = z.output<typeof ledgerCounts>;

export const ledgerSchema = z.strictObject({
  webhooks: z.array(z.strictObject({ webhook_id: z.string(), subscription: z.enum(SUBSCRIPTIONS), ...counts })),
  /** All deleted webhooks together. */
  deleted: ledgerCounts,
  total: ledgerCounts,
});
export type LedgerAnswer = z.output<typeof ledgerSchema>;

export const getLedger = defineRoute({
  id: 'getLedger',
  tag: 'Ledger',
  auth: 'environment',
  method: 'GET',
  path: `${PREFIX}/environments/:env_id/ledger`,
  summary: 'What became of every delivery ever recorded, read in one snapshot',
  params: envParams,
  response: ledgerSchema,
});
