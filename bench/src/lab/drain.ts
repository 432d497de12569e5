// One round of draining a backlog: filled while the webhook is paused, measured from the first POST to the last settle.
import type { Client } from '@bowline/contract/client';
import { pauseWebhook, resumeWebhook } from '@bowline/contract/management/webhook-actions';
import { monotonicMs } from '../report/monotonic.ts';
import { fillPending } from './fill.ts';
import type { Meter } from './meter.ts';
import { settleDown, type LabDatabase } from './open-lab.ts';
import type { Watch } from './quiet-rounds.ts';
import type { Receiver } from './start-receiver.ts';
import { waitUntil } from './wait-until.ts';
import { ENV_ID, type BenchWebhook } from './world.ts';

export type DrainSite = {
  client: Client;
  database: LabDatabase;
  receiver: Receiver;
  webhook: BenchWebhook;
  meter: Meter;
};

const DRAIN_LIMIT_MS = 600_000;

/** Deliveries per second. */
export const drainRound = async (site: DrainSite, count: number, watch: Watch = (work) => work()): Promise<number> => {
  const { client, database, receiver, webhook, meter } = site;
  const params = { env_id: ENV_ID, webhook_id: webhook.webhookId };
  await client.call(pauseWebhook, { params });
  await fillPending(database.sql, { webhookNo: webhook.webhookNo, count });
  await settleDown(database);
  const before = await countDelivered(database, webhook);
  await receiver.reset();
  let seconds = 0;
  await meter.measure(async () => {
    await client.call(resumeWebhook, { params });
    seconds = await watch(() => untilDelivered(site, before + count, count));
    return count;
  });
  return count / seconds;
};

/** Seconds from the first POST to the commit of the last settle. */
export const untilDelivered = async (
  { database, receiver, webhook }: Pick<DrainSite, 'database' | 'receiver' | 'webhook'>,
  delivered: number,
  arriving: number,
): Promise<number> => {
  const { firstMs } = await receiver.waitFor(arriving);
  const isDone = async () => (await countDelivered(database, webhook)) >= delivered;
  await waitUntil('all deliveries to be settled', isDone, { everyMs: 2, limitMs: DRAIN_LIMIT_MS });
  return (monotonicMs() - firstMs) / 1000;
};

export const countDelivered = async ({ sql }: LabDatabase, { webhookNo }: BenchWebhook): Promise<number> => {
  const [row] = await sql<
    { delivered: number }[]
  >`select delivered from ledger_settled where webhook_no = ${webhookNo}`;
  return row?.delivered ?? 0;
};
