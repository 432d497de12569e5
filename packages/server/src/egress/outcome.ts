// What a POST asks and how it ends: the words that `deliveries/` and `egress/` share.
import type { IncomingHttpHeaders } from 'node:http';
import type { Target } from './guard-url.ts';

export type PostRequest = {
  readonly target: Target;
  /** Names and values in turn, valid for HTTP; without `host`, `connection` and `content-length`. */
  readonly headers: readonly string[];
  readonly body: Buffer | string;
  readonly limits: {
    /** From the call of `post` to the end of the answer. */
    readonly totalMs: number;
    /** Until the connection stands, name look-up and TLS included; the poster's own limit when absent. */
    readonly connectMs?: number;
    /** How much of the answer is kept; 16 KiB when absent. */
    readonly answerBytes?: number;
    /** Connections to this origin; shared by all webhooks of the origin, so leave it out where the caller limits each webhook. */
    readonly connections?: number;
  };
};

export type FailureCode =
  | 'timeout'
  | 'connect_timeout'
  | 'connection_refused'
  | 'connection_reset'
  | 'dns_failed'
  | 'egress_refused'
  | 'tls_failed'
  | 'headers_overflow'
  | 'bad_response'
  /** The fault is on this machine (no file handles, a header that isn't valid); the receiver is not to blame. */
  | 'local_fault'
  | 'aborted';

export type Answered = {
  readonly kind: 'answered';
  readonly status: number;
  /** Lower-case names. */
  readonly answerHeaders: IncomingHttpHeaders;
  readonly answer: string;
  /** The answer was longer, or broke off. */
  readonly truncated: boolean;
  readonly ttfbUs: number;
  readonly totalUs: number;
};

export type Failed = {
  readonly kind: 'failed';
  readonly code: FailureCode;
  readonly message: string;
  readonly totalUs: number;
  /** The connection had carried an earlier POST, so it may have been closed by the receiver at the moment of sending. */
  readonly reused: boolean;
};

export type Outcome = Answered | Failed;
/** Called exactly once, never before `post` returned. It must not throw. */
export type Settle = (outcome: Outcome) => void;
/** Ends the POST now; the outcome is `aborted`, or `answered` if a status had come. */
export type PostHandle = { abort(reason: string): void };
