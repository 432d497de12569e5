// The words of a verdict. A fault of the receiver's own set-up is told apart from a fault of the request, so that a
// missing secret never reads as "wrong signature".
import type { WebhookEvent } from './events.ts';

/** `standard` = webhook-signature, `hub256` = X-Hub-Signature-256, `hub` = X-Hub-Signature (SHA-1). */
export type SchemeFamily = 'standard' | 'hub256' | 'hub';

export type Scheme = 'v1' | 'v1a' | 'hub256' | 'hub';

export type SetupReason = 'empty_secret' | 'bad_secret' | 'bad_options' | 'body_not_raw';

export type RequestReason =
  | 'missing_signature'
  | 'missing_id'
  | 'bad_id'
  | 'missing_timestamp'
  | 'bad_timestamp'
  | 'too_old'
  | 'too_new'
  | 'malformed_signature'
  | 'unsupported_signature'
  | 'no_match'
  | 'malformed_body';

export type Reason = SetupReason | RequestReason;

export type Failure =
  | { ok: false; fault: 'setup'; reason: SetupReason; message: string }
  | { ok: false; fault: 'request'; reason: RequestReason; message: string };

/** What the signature covers. The X-Hub schemes sign neither id nor time: null. */
export type SignatureVerified = { ok: true; id: string | null; timestamp: number | null; scheme: Scheme };

/** `id`: the signed webhook-id, else the body's `event_id`, else null. `timestamp`: unix seconds of this attempt. */
export type Verified = SignatureVerified & { event: WebhookEvent };

export const setupFailure = (reason: SetupReason, message: string): Failure => ({
  ok: false,
  fault: 'setup',
  reason,
  message,
});

export const requestFailure = (reason: RequestReason, message: string): Failure => ({
  ok: false,
  fault: 'request',
  reason,
  message,
});

/** What verifyOrThrow and makeVerifier throw. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
  readonly reason: Reason;
  readonly fault: Failure['fault'];
  constructor(failure: Failure) {
    super(failure.message);
    this.reason = failure.reason;
    this.fault = failure.fault;
  }
}
