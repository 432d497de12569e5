// What is written about one attempt: the verdict, the facts of the answer, and for whom.
import type { Delivery, Outcome } from '../delivery.ts';

export type Settlement = {
  delivery: Delivery;
  outcome: Outcome;
  /** Of `webhook_versions`: with the event it gives the exact request again. */
  version: number;
  retries: number;
  nextAtMs: number | null;
  httpStatus: number | null;
  startedUs: number;
  ttfbUs: number | null;
  totalUs: number;
  error: string | null;
  answer: string | null;
  answerHeaders: string | null;
};
