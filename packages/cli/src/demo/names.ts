// What the demo calls its things.
import type { Subscription } from '@bowline/receiver';

export const ENV_ID = 'demo.bowline.local';
export const FLOW_ID = 'csv-to-jsonl';
export const TENANT = 'acme';
export const TAP = 'tap-csv';
export const TARGET = 'target-jsonl';

export const SUBSCRIPTIONS = ['job_lifecycle', 'discover', 'connection'] as const satisfies readonly Subscription[];

/** The receiver's path of a webhook. */
export const pathOf = (subscription: Subscription): string => `/webhooks/${subscription}`;
