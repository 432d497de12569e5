// The two bodies that an error travels in, and the error that the client throws for both.
import { z } from 'zod';

/** On `/api/v1/…`. */
export const apiErrorBody = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    field: z.string().optional(),
    request_id: z.string().optional(),
  }),
});
export type ApiErrorBody = z.output<typeof apiErrorBody>;

/** On the integration paths: exactly these two keys, the message after the prefix that existing clients strip. */
export const hotglueErrorBody = z.object({ Code: z.string(), Message: z.string() });
export type HotglueErrorBody = z.output<typeof hotglueErrorBody>;

export const HOTGLUE_PREFIX = 'ChaliceViewError: ';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** From the catalogue of errors, or hotglue's `Code`; `no_answer` when there was none, `bad_answer` when it made no sense. */
  readonly code: string;
  readonly field: string | undefined;
  readonly requestId: string | undefined;
  constructor(
    status: number,
    code: string,
    message: string,
    more: { field?: string | undefined; requestId?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.status = status;
    this.code = code;
    this.field = more.field;
    this.requestId = more.requestId;
  }
}

/** Reads either body; null when it is neither. */
export const readApiError = (status: number, body: unknown): ApiError | null => {
  const ours = apiErrorBody.safeParse(body);
  if (ours.success) {
    const { code, message, field, request_id: requestId } = ours.data.error;
    return new ApiError(status, code, message, { field, requestId });
  }
  const theirs = hotglueErrorBody.safeParse(body);
  if (!theirs.success) return null;
  const { Code, Message } = theirs.data;
  return new ApiError(
    status,
    Code,
    Message.startsWith(HOTGLUE_PREFIX) ? Message.slice(HOTGLUE_PREFIX.length) : Message,
  );
};
