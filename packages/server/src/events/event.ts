// What an event is, from the record's side: identity, what it is about, and the bytes that will be sent.
import type { Subscription } from '@bowline/contract/subscriptions';

/** An event about to be recorded. `body` is final: it is stored, signed and sent as it is. */
export type NewEvent = {
  envId: string;
  /** UUIDv7; `eventIdOf(uuid)` is its public form and must already be in the body. */
  uuid: string;
  subscription: Subscription;
  /** The status or action: `SYNC_STARTED`, `created`. */
  type: string;
  /** `job/<job_id>`, `discover/<task_id>`, `connection/<flow>/<tenant>/<entity type>/<id>`, `test/<uuid>`. */
  subject: string;
  sequence: number;
  flowId: string | null;
  tenant: string | null;
  /** Ids of the tap, target or connector that it touches, for filters. */
  connectors: readonly string[];
  body: string;
  recordedAt: string;
  traceparent: string | null;
  /** Deliver to this webhook alone (override_lifecycle_webhook, test events) instead of the matching subscriptions. */
  onlyWebhookNo?: number | undefined;
};

/** What was recorded: the webhooks that are owed a delivery, to wake their lanes after the commit. */
export type RecordedEvent = { uuid: string; webhookNos: number[] };

/** Called after the commit of a transaction that recorded events: tells the lanes that there is something to read. */
export type Wake = (webhookNos: readonly number[]) => void;
