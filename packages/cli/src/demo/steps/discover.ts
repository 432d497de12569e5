// Step 5: a discover of the linked source, polled as hotglue's clients do.
import { setTimeout as wait } from 'node:timers/promises';
import { discoverSource, pollSourceDiscover } from '@bowline/contract/integration/discover-routes';
import { ENV_ID, FLOW_ID, TAP, TENANT } from '../names.ts';
import type { StepContext } from './context.ts';

const params = { env_id: ENV_ID, flow_id: FLOW_ID, tenant: TENANT };
const POLL_MS = 50;
const ARRIVAL_LIMIT_MS = 15_000;

export const runDiscover = async (context: StepContext): Promise<void> => {
  const { client, book, screen, signal } = context;
  const { task_id: taskId } = await client.call(discoverSource, { params, query: { tap_name: TAP } });
  screen.status('  … the tap looks at its streams');
  while ((await client.call(pollSourceDiscover, { params, query: { tap_name: TAP } })).status !== null) {
    await wait(POLL_MS, undefined, { signal });
  }
  screen.status(null);
  await book.until(({ subject, sequence }) => subject === `discover/${taskId}` && sequence > 1, ARRIVAL_LIMIT_MS);
};
