// The only place where errors become answers: a status, and a body in the words of the caller's API.
import { HOTGLUE_PREFIX, type ApiErrorBody, type HotglueErrorBody } from '@bowline/contract/api-error';
import { DomainError, ERRORS, type ErrorCode } from '@bowline/contract/errors';

export type ErrorAnswer = { status: number; body: ApiErrorBody | HotglueErrorBody; isFault: boolean };
type Seen = { code: ErrorCode; message: string; field: string | undefined };

/** The names that existing clients of the integration paths know, by status. */
export const HOTGLUE_CODES: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  401: 'UnauthorizedError',
  403: 'ForbiddenError',
  404: 'NotFoundError',
  409: 'ConflictError',
  413: 'RequestEntityTooLargeError',
  415: 'UnsupportedMediaTypeError',
  422: 'UnprocessableEntityError',
  500: 'InternalServerError',
  503: 'ServiceUnavailableError',
};

const FROM_FASTIFY: Readonly<Record<string, Seen>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'too_large', message: 'body: must be at most 1 MiB', field: 'body' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupported_media_type',
    message: 'content-type: send the body as application/json',
    field: 'content-type',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'bad_request',
    message: 'content-length: differs from the length of the body',
    field: 'content-length',
  },
  FST_ERR_BAD_URL: { code: 'bad_request', message: 'url: holds a broken % escape', field: 'url' },
};

/** The database can't be reached or is going down: worth another try, and no fault of this server. */
const UNAVAILABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);

/** What text columns can't hold and what numbers exceed their column: the caller's input, whatever field it was. */
const BAD_INPUT: Readonly<Record<string, string>> = {
  '22021': 'holds the character U+0000 or broken Unicode, which cannot be stored',
  '22P05': 'holds the character U+0000 or broken Unicode, which cannot be stored',
  '22003': 'holds a number that is too large',
};

const FOREIGN_KEY = '23503';

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

const see = (error: unknown): Seen => {
  if (error instanceof DomainError) return { code: error.code, message: error.message, field: error.field };
  const code = codeOf(error);
  const known = FROM_FASTIFY[code];
  if (known !== undefined) return known;
  if (code === FOREIGN_KEY) {
    return { code: 'conflict', message: 'What the request refers to was deleted meanwhile', field: undefined };
  }
  const bad = BAD_INPUT[code];
  if (bad !== undefined) return { code: 'bad_request', message: `the request ${bad}`, field: undefined };
  if (UNAVAILABLE.has(code)) {
    return { code: 'unavailable', message: 'The database cannot be reached right now; try again', field: undefined };
  }
  return {
    code: 'internal',
    message: 'A fault of the server; its log has the cause under the request id',
    field: undefined,
  };
};

/** Messages name their field; those that don't yet get it in front. */
const named = ({ message, field }: Seen): string =>
  field === undefined || message.startsWith(field) ? message : `${field}: ${message}`;

const isOurs = (url: string): boolean => url.startsWith('/api/');

export const errorAnswer = (error: unknown, url: string, requestId: string): ErrorAnswer => {
  const seen = see(error);
  const { status } = ERRORS[seen.code];
  const message = named(seen);
  if (isOurs(url)) {
    const field = seen.field === undefined ? {} : { field: seen.field };
    return {
      status,
      isFault: status >= 500,
      body: { error: { code: seen.code, message, ...field, request_id: requestId } },
    };
  }
  const Code = HOTGLUE_CODES[status] ?? 'InternalServerError';
  return { status, isFault: status >= 500, body: { Code, Message: `${HOTGLUE_PREFIX}${message}` } };
};
