// The three subscriptions and the catalogue of what each can send.
import { JOB_STATUSES } from './job-lifecycle.ts';

export const SUBSCRIPTIONS = ['job_lifecycle', 'discover', 'connection'] as const;
export type Subscription = (typeof SUBSCRIPTIONS)[number];

export const DISCOVER_STATUSES = ['DISCOVER_STARTED', 'DISCOVER_SUCCESS', 'DISCOVER_FAILED'] as const;
export type DiscoverStatus = (typeof DISCOVER_STATUSES)[number];

export const CONNECTION_ACTIONS = ['created', 'overwritten', 'removed'] as const;
export type ConnectionAction = (typeof CONNECTION_ACTIONS)[number];

export const ENTITY_TYPES = ['linkedSource', 'linkedTarget', 'linkedConnector'] as const;
export type EntityType = (typeof ENTITY_TYPES)[number];

/** The types of the events of each subscription: what `Bowline-Event` carries and what a webhook's `statuses` filter names. */
export const EVENT_TYPES = {
  job_lifecycle: JOB_STATUSES,
  discover: DISCOVER_STATUSES,
  connection: CONNECTION_ACTIONS,
} as const satisfies Record<Subscription, readonly string[]>;
