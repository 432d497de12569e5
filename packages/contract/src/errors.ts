// The catalogue of errors: each code with its HTTP status and what it means. Locked to docs/reference/errors.md by a test.

export const ERRORS = {
  bad_request: { status: 400, means: 'The request is malformed: the message names the field and what is expected.' },
  malformed_json: { status: 400, means: 'The body is not valid JSON.' },
  unauthorized: { status: 401, means: 'The x-api-key header is missing, unknown or revoked.' },
  forbidden: { status: 403, means: 'The key is valid, yet not for this environment or this call.' },
  not_found: { status: 404, means: 'No such route or object; the message names which.' },
  conflict: { status: 409, means: 'The object is in a state that does not allow this.' },
  already_exists: { status: 409, means: 'An object with this id exists already.' },
  illegal_move: { status: 409, means: 'The lifecycle has no such move; the message names the moves that are allowed.' },
  parallel_job: {
    status: 409,
    means: 'A job of this connection is running; ignore_parallel_jobs: true starts one anyway.',
  },
  idempotency_mismatch: { status: 409, means: 'The Idempotency-Key was used before with another request.' },
  too_large: { status: 413, means: 'The body is larger than 1 MiB.' },
  unsupported_media_type: { status: 415, means: 'The body must be sent as application/json.' },
  url_refused: {
    status: 422,
    means: 'The guard refuses to POST to this URL; the message says why and how to allow it.',
  },
  unavailable: { status: 503, means: 'The server is starting, stopping, or cannot reach its database. Try again.' },
  internal: { status: 500, means: 'A fault of the server. The log has the cause under the request id.' },
} as const satisfies Record<string, { status: number; means: string }>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * A refusal that the caller can act on. `message` names the field and the fix and never carries a secret;
 * `field` is the path of the offending field (`policy.retries[3]`).
 */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: ErrorCode;
  readonly field: string | undefined;
  constructor(code: ErrorCode, message: string, options: { field?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.field = options.field;
  }
}
