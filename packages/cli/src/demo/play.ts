// The demo as a table of contents: each step goes through the public API, as an app of the reader's would.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@bowline/contract/client';
import type { JobAnswer } from '@bowline/contract/integration/job-routes';
import { countLines } from './count-lines.ts';
import { prepareDataSet, type Counts, type DataSet } from './data-set.ts';
import { listAllEvents } from './list-all-events.ts';
import { ENV_ID, SUBSCRIPTIONS, TAP, TARGET, TENANT } from './names.ts';
import { makeOpenFolder } from './open-to-connectors.ts';
import type { Played } from './result.ts';
import { settleLedger } from './settle-ledger.ts';
import { createDemoEnvironment } from './steps/create-environment.ts';
import type { StepContext } from './steps/context.ts';
import { createDemoWebhooks, type DemoWebhook } from './steps/create-webhooks.ts';
import { runDiscover } from './steps/discover.ts';
import { createDemoFlow, linkBoth, unlinkBoth } from './steps/link.ts';
import { runJob } from './steps/run-job.ts';

export type PlayOptions = Omit<StepContext, 'client'> & {
  url: string;
  admin: Client;
  /** For the CSV files and for what the target writes. */
  folder: string;
  /** Hears of the key and the secrets as soon as they are there, to keep them. */
  keep: (made: { envKey: string; webhooks: DemoWebhook[] }) => Promise<void>;
};

const SETTLE_LIMIT_MS = 30_000;
const sum = (counts: Counts): number => Object.values(counts).reduce((total, count) => total + count, 0);
const told = (count: number): string => count.toLocaleString('en-US');

export const playDemo = async (options: PlayOptions): Promise<Played> => {
  const { url, admin, folder, receiver, keep, screen, book } = options;
  const { bold, dim, cyan } = screen.colors;
  let number = 0;
  const step = (title: string, more: string) => {
    options.signal.throwIfAborted();
    number += 1;
    const room = screen.width() - title.length - 5;
    const note = more.length > room ? `${more.slice(0, Math.max(0, room - 1))}…` : more;
    screen.line(`${cyan(`${number}`)}  ${bold(title)}  ${dim(note)}`);
  };
  const destination = join(folder, 'destination');
  await rm(destination, { recursive: true, force: true });
  await makeOpenFolder(folder);
  await makeOpenFolder(destination, 0o777);
  const data = await prepareDataSet(join(folder, 'source'));

  step('Create an environment', ENV_ID);
  const { client, envKey } = await createDemoEnvironment(url, admin);
  step('Create three webhooks', `${SUBSCRIPTIONS.join(', ')} → ${receiver.urlOf('')}`);
  const webhooks = await createDemoWebhooks({ client, receiver });
  await keep({ envKey, webhooks });
  step('Create a flow', `${TAP} → ${TARGET}`);
  await createDemoFlow({ client });
  const context: StepContext = { ...options, client };
  step(
    'Link a source and a target',
    `for the tenant ${TENANT}: ${Object.keys(data.first).length} CSV files of vega-datasets`,
  );
  await linkBoth(context, data.sourceConfig, { destination_path: destination });
  step('Discover', 'which streams and fields the source has');
  await runDiscover(context);
  const jobs = await runBoth(context, data, step);
  step('Unlink both', 'the connections go, the data stay');
  await unlinkBoth(context);

  const ledger = await settleLedger(client, ENV_ID, SETTLE_LIMIT_MS);
  const recorded = await listAllEvents(client, ENV_ID);
  const written = await countLines(destination, Object.keys(data.first));
  return { ...jobs, ledger, recorded, written, expected: { first: data.first, later: data.later }, book };
};

const runBoth = async (
  context: StepContext,
  data: DataSet,
  step: (title: string, more: string) => void,
): Promise<{ full: JobAnswer; incremental: JobAnswer }> => {
  step('Full sync', `${told(sum(data.first))} rows`);
  const full = await runJob(context);
  await data.addLaterRows();
  step('Incremental sync', `${told(sum(data.later))} rows have come to the files since; only these are synced`);
  const incremental = await runJob(context);
  return { full, incremental };
};
