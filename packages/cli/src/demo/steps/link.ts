// Steps 3 and 4: a flow, and the tenant's source and target in it; and step 8, which takes the links away again.
import { putFlow } from '@bowline/contract/integration/flow-routes';
import { linkSource, linkTarget, unlinkSource, unlinkTarget } from '@bowline/contract/integration/linked-routes';
import { ENV_ID, FLOW_ID, TAP, TARGET, TENANT } from '../names.ts';
import type { StepContext } from './context.ts';

const params = { env_id: ENV_ID, flow_id: FLOW_ID, tenant: TENANT };
const ARRIVAL_LIMIT_MS = 15_000;

export const createDemoFlow = async ({ client }: Pick<StepContext, 'client'>): Promise<void> => {
  await client.call(putFlow, {
    params: { env_id: ENV_ID, flow_id: FLOW_ID },
    body: { name: 'CSV files to JSON Lines', taps: [TAP], targets: [TARGET] },
  });
};

/** Waits for the webhooks of both, so that each step's timeline stands under its heading. */
const bothArrived = async ({ book }: Pick<StepContext, 'book'>, action: string): Promise<void> => {
  for (const id of [TAP, TARGET]) {
    await book.until((entry) => entry.type === action && entry.subject.endsWith(`/${id}`), ARRIVAL_LIMIT_MS);
  }
};

export const linkBoth = async (
  context: Pick<StepContext, 'client' | 'book'>,
  source: Record<string, unknown>,
  target: Record<string, unknown>,
): Promise<void> => {
  await context.client.call(linkSource, { params, body: { source: { tap: TAP, config: source } } });
  await context.client.call(linkTarget, { params, body: { target: { target: TARGET, config: target } } });
  await bothArrived(context, 'created');
};

export const unlinkBoth = async (context: Pick<StepContext, 'client' | 'book'>): Promise<void> => {
  await context.client.call(unlinkSource, { params, query: { tap_name: TAP } });
  await context.client.call(unlinkTarget, { params, query: { target_name: TARGET } });
  await bothArrived(context, 'removed');
};
