// The exact request of one attempt. Pure, and the only maker of it: what was sent can be shown again later from the
// event, the webhook's version and the attempt's number and time.
import type { Signer } from '@bowline/receiver/sign';
import { eventIdOf } from '../../lib/ids.ts';

export const USER_AGENT = 'Bowline/0.1.0';

/** What a version of a webhook's settings adds to its requests. */
export type RequestShape = {
  /** `name, value, name, value, …`: the headers that every request of this version has. */
  fixedHeaders: readonly string[];
  current: Signer | null;
  /** Signs beside `current` until `nextAtMs`, and alone from then on. */
  next: Signer | null;
  nextAtMs: number | null;
};

export type RequestParts = {
  eventUuid: string;
  type: string;
  body: string;
  traceparent: string | null;
  /** 1 for the first. */
  attempt: number;
  startedMs: number;
};

/** The fixed part, once per version. Ours come last, so that a custom header can't stand for one of them. */
export const fixedHeadersOf = (custom: Readonly<Record<string, string>>): string[] => [
  ...Object.entries(custom).flat(),
  'content-type',
  'application/json',
  'user-agent',
  USER_AGENT,
];

const signersAt = (shape: RequestShape, nowMs: number): Signer[] => {
  if (shape.next !== null && shape.nextAtMs !== null && nowMs >= shape.nextAtMs) return [shape.next];
  return [shape.current, shape.next].filter((signer) => signer !== null);
};

/** The headers, flat: `name, value, name, value, …`. */
export const buildHeaders = (shape: RequestShape, parts: RequestParts): string[] => {
  const id = eventIdOf(parts.eventUuid);
  const timestamp = Math.floor(parts.startedMs / 1000);
  const headers = [
    ...shape.fixedHeaders,
    'bowline-event',
    parts.type,
    'bowline-attempt',
    String(parts.attempt),
    'traceparent',
    parts.traceparent ?? traceparentOf(id, parts.attempt),
    'webhook-id',
    id,
    'webhook-timestamp',
    String(timestamp),
  ];
  const signers = signersAt(shape, parts.startedMs);
  const first = signers[0];
  if (first === undefined) return headers;
  let signature = first.standard(id, timestamp, parts.body);
  if (signers[1]) signature += ` ${signers[1].standard(id, timestamp, parts.body)}`;
  headers.push('webhook-signature', signature);
  headers.push('x-hub-signature', first.hub(parts.body));
  headers.push('x-hub-signature-256', first.hub256(parts.body));
  return headers;
};

/** The text under `webhook-signature` (Standard Webhooks 1.0, signature scheme). */
export const signedContent = (parts: RequestParts): string =>
  `${eventIdOf(parts.eventUuid)}.${Math.floor(parts.startedMs / 1000)}.${parts.body}`;

/** W3C Trace Context: an event without a trace of its own is one trace, each attempt a span of it. */
const traceparentOf = (eventId: string, attempt: number): string => {
  const trace = eventId.slice(-32);
  return `00-${trace}-${trace.slice(16, 28)}${attempt.toString(16).padStart(4, '0')}-01`;
};
