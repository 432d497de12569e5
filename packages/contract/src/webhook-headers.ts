// The custom headers of a webhook: which names and values may be sent, and which are ours and can't be overridden.
import { z } from 'zod';

const MAX_HEADERS = 20;
const MAX_VALUE_LENGTH = 4096;

/** RFC 9110 `token`. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;
/** Visible ASCII, spaces and tabs inside; no line break, so that no header can be smuggled in. */
const VALUE = /^[!-~](?:[\t -~]*[!-~])?$/;

const OURS = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'host',
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'user-agent',
  'accept-encoding',
  'traceparent',
  'tracestate',
]);
const OUR_PREFIXES = ['webhook-', 'x-hub-signature', 'bowline-'];

const isOurs = (name: string): boolean =>
  OURS.has(name.toLowerCase()) || OUR_PREFIXES.some((prefix) => name.toLowerCase().startsWith(prefix));

const nameFault = (name: string): string | null => {
  if (!TOKEN.test(name)) return "must have a header name of 1 to 128 letters, digits or !#$%&'*+-.^_`|~";
  if (isOurs(name)) return 'is a header that Bowline sets itself; choose another name';
  return null;
};

const valueFault = (value: string): string | null => {
  if (value.length > MAX_VALUE_LENGTH) return `must be at most ${MAX_VALUE_LENGTH} characters long`;
  if (!VALUE.test(value)) {
    return 'must be visible ASCII text without line breaks, control characters or spaces at its ends';
  }
  return null;
};

export const headersSchema = z.record(z.string(), z.string()).superRefine((headers, context) => {
  const names = Object.keys(headers);
  if (names.length > MAX_HEADERS) {
    context.addIssue({ code: 'custom', message: `must hold at most ${MAX_HEADERS} headers, not ${names.length}` });
    return;
  }
  const seen = new Set<string>();
  for (const name of names) {
    const twice = seen.has(name.toLowerCase()) ? 'is given twice; header names ignore case' : null;
    const fault = nameFault(name) ?? twice ?? valueFault(headers[name] ?? '');
    if (fault !== null) context.addIssue({ code: 'custom', message: fault, path: [name] });
    seen.add(name.toLowerCase());
  }
});

/** What the value of a sensitive header reads as in answers; sent back in a PATCH it keeps the stored value. */
export const MASKED = '********';

const SENSITIVE = /auth|token|secret|key|cookie|password|credential|signature|session/i;

/** Headers whose values are credentials by their names: stored sealed, shown masked. */
export const isSensitiveHeader = (name: string): boolean => SENSITIVE.test(name);
