// One POST as it came: what it says, and whether it may be believed.
import type { SchemeFamily, Subscription, WebhookEvent } from '@bowline/receiver';

export type Receipt = {
  /** Milliseconds since the epoch, with a fraction: when the last byte was there. */
  at: number;
  /** The path it was posted to. */
  path: string;
  /** Null when it could not be verified. */
  event: WebhookEvent | null;
  held: readonly SchemeFamily[];
  fault: string | null;
};

export type Told = {
  subscription: Subscription;
  type: string;
  /** As the server names it: `job/16FzN`. */
  subject: string;
  /** For people: `job 16FzN`, `source tap-csv`. */
  about: string;
};

/** `source tap-csv` */
const endOf = ({ tap, target, connector_id: connector }: Pick<WebhookEvent, 'tap' | 'target' | 'connector_id'>) => {
  if (tap !== null) return `source ${tap}`;
  return target === null ? `connector ${connector ?? ''}` : `target ${target}`;
};

export const tellEvent = (event: WebhookEvent): Told => {
  if ('job_id' in event) {
    return {
      subscription: 'job_lifecycle',
      type: event.status,
      subject: `job/${event.job_id}`,
      about: `job ${event.job_id}`,
    };
  }
  if ('action' in event) {
    const id = event.tap ?? event.target ?? event.connector_id ?? '';
    const { flow_id: flow, tenant, entity_type: entity } = event;
    return {
      subscription: 'connection',
      type: event.action,
      subject: `connection/${flow}/${tenant}/${entity}/${id}`,
      about: endOf(event),
    };
  }
  return {
    subscription: 'discover',
    type: event.status,
    subject: `discover/${event.task_id}`,
    about: endOf(event),
  };
};
