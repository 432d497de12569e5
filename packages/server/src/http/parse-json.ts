// Reads a JSON body. Existing clients send the content type with an empty body (DELETE, some POSTs): that is no body.
import { DomainError } from '@bowline/contract/errors';
import type { FastifyBodyParser, FastifyInstance } from 'fastify';
import { formatPath } from './describe-issue.ts';

type Unstorable = { path: (string | number)[]; isKey: boolean };

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/** PostgreSQL can't hold U+0000 or half a surrogate pair. */
const findUnstorable = (value: unknown, path: (string | number)[]): Unstorable | null => {
  if (typeof value === 'string') return isStorable(value) ? null : { path, isKey: false };
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, part] of Object.entries(value)) {
    if (!isStorable(key)) return { path, isKey: true };
    const found = findUnstorable(part, [...path, Array.isArray(value) ? Number(key) : key]);
    if (found !== null) return found;
  }
  return null;
};

/** Only then can an escape have brought one in: raw bytes are decoded as UTF-8. */
const MAY_BE_UNSTORABLE = /\\u(?:0000|d[89a-f])/i;

const refuseUnstorable = (value: unknown): void => {
  const found = findUnstorable(value, []);
  if (found === null) return;
  const field = found.path.length === 0 ? 'body' : formatPath(found.path);
  throw new DomainError('bad_request', `${field}: must not hold U+0000 or half a surrogate pair`, { field });
};

const malformed = (cause: unknown): DomainError => {
  const detail =
    cause instanceof SyntaxError ? cause.message.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 120) : 'not JSON';
  const isTelling = /position|end of/i.test(detail) && !detail.includes('"');
  return new DomainError('malformed_json', `body: is not valid JSON${isTelling ? ` (${detail})` : ''}`, {
    field: 'body',
  });
};

export const useJsonParser = (app: FastifyInstance): void => {
  const parse = app.getDefaultJsonParser('error', 'error') as FastifyBodyParser<string>;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (text === '') {
      done(null, undefined);
      return;
    }
    void parse(request, text, (error, value: unknown) => {
      if (error) {
        done(malformed(error.cause ?? error));
        return;
      }
      try {
        if (MAY_BE_UNSTORABLE.test(text)) refuseUnstorable(value);
        done(null, value);
      } catch (refusal) {
        done(refusal as Error);
      }
    });
  });
};
