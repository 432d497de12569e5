// A delivery while it is on its way, and what an attempt can come to.

/** One event owed to one webhook, as read from `pending`. */
export type Delivery = {
  id: number;
  webhookNo: number;
  eventUuid: string;
  subjectKey: number;
  type: string;
  body: string;
  traceparent: string | null;
  /** POSTs made so far, probes included. */
  attempts: number;
  /** How far the retry list is used up. */
  retries: number;
  /** It has failed before, or waited behind one that had: settling it must release the next of its subject. */
  parked: boolean;
};

/** The values of `attempts.outcome`. */
export const OUTCOME = { delivered: 0, retry: 1, givenUp: 2, probeFailed: 3, withdrawn: 4 } as const;
export type Outcome = (typeof OUTCOME)[keyof typeof OUTCOME];
