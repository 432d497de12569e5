// The event of a job's move: its body is the job's details at that stage, serialised once and for all.
import type { JobLifecycleBody } from '@bowline/contract/integration/event-bodies';
import type { Tx } from '../db/types.ts';
import { recordEvent } from '../events/record-event.ts';
import { formatMicros } from '../lib/clock.ts';
import { eventIdOf, newEventUuid } from '../lib/ids.ts';
import type { Sealer } from '../lib/seal.ts';
import { jobDetails } from './job-details.ts';
import { jobSubject } from './job.ts';
import type { Job } from './job.ts';

const touched = (job: Job): string[] => [job.tap, job.target, job.connectorId].filter((id) => id !== null);

/** Returns the webhooks that are owed a delivery, to wake after the commit. */
export const recordJobEvent = async (tx: Tx, sealer: Sealer, job: Job, micros: number): Promise<number[]> => {
  const uuid = newEventUuid(Math.floor(micros / 1000));
  const body: JobLifecycleBody = { ...jobDetails(sealer, job), event_id: eventIdOf(uuid), sequence: job.sequence };
  const { webhookNos } = await recordEvent(tx, {
    envId: job.envId,
    uuid,
    subscription: 'job_lifecycle',
    type: job.status,
    subject: jobSubject(job.jobId),
    sequence: job.sequence,
    flowId: job.flowId,
    tenant: job.tenant,
    connectors: touched(job),
    body: JSON.stringify(body),
    recordedAt: formatMicros(micros),
    traceparent: null,
    onlyWebhookNo: job.overrideWebhookNo ?? undefined,
  });
  return webhookNos;
};
