// What every adapter does with a request once it has its bytes: verify, drop repeats, call the handler, answer.
// The adapters only fetch the bytes and write the answer.
import type { SeenStore } from './dedupe.ts';
import { subscriptionOf, type EventOf, type Subscription, type WebhookEvent } from './events.ts';
import type { HeadersLike } from './read-header.ts';
import { setupFailure, type Failure, type RequestReason, type SignatureVerified, type Verified } from './verdict.ts';
import { makeVerifier, type VerifierOptions } from './verify.ts';

export type EventContext = Omit<SignatureVerified, 'ok'>;

export type Handlers = {
  [S in Subscription]?: (event: EventOf[S], context: EventContext) => void | Promise<void>;
};

/** `rejected`: not accepted, and why. `failed`: your handler or your store threw; the sender will try again. */
export type Problem =
  | { kind: 'rejected'; failure: Failure }
  | { kind: 'failed'; error: unknown; id: string | null; subscription: Subscription | null };

export type ReceiverOptions = VerifierOptions & {
  /** What to do with each kind of event. Events without a handler are accepted and dropped. */
  on: Handlers;
  /** Drops repeats by id, for instance makeSeen({ limit: 10_000 }). Off by default. */
  seen?: SeenStore;
  /** Larger bodies are answered with 413. 1 MiB by default. */
  maxBodyBytes?: number;
  /** Hears of every problem. By default your own faults go to console.error, refused requests nowhere. */
  report?: (problem: Problem) => void;
};

type Answer = { status: number; headers: Record<string, string>; text: string };

/** A body that is not there: too large, or read by somebody else before. */
export type MissingBody = 'too_large' | 'already_parsed';

export type Receiver = {
  maxBodyBytes: number;
  receive(method: string | undefined, headers: HeadersLike, body: Uint8Array | MissingBody): Promise<Answer>;
};

const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;

const MALFORMED: ReadonlySet<RequestReason> = new Set<RequestReason>([
  'malformed_body',
  'malformed_signature',
  'missing_id',
  'bad_id',
  'missing_timestamp',
  'bad_timestamp',
]);

const answer = (status: number, error?: string, message?: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: error === undefined ? headers : { ...headers, 'content-type': 'application/json' },
  text: error === undefined ? '' : JSON.stringify({ error, message }),
});

const answerFailure = (failure: Failure): Answer =>
  failure.fault === 'setup'
    ? answer(500, 'receiver_setup', 'the receiver is not set up rightly; its log says why')
    : answer(MALFORMED.has(failure.reason) ? 400 : 401, failure.reason, failure.message);

const reportToConsole = (problem: Problem): void => {
  if (problem.kind === 'failed') console.error('webhook handler failed', problem.id, problem.error);
  else if (problem.failure.fault === 'setup') console.error(`webhook receiver: ${problem.failure.message}`);
};

const callHandler = async (event: WebhookEvent, context: EventContext, on: Handlers): Promise<void> => {
  const subscription = subscriptionOf(event);
  if (subscription === null) return;
  // The handler found under a subscription takes that subscription's event.
  const handler = on[subscription] as
    ((event: WebhookEvent, context: EventContext) => void | Promise<void>) | undefined;
  await handler?.(event, context);
};

/** Runs the work of an id once: a repeat that comes meanwhile shares the outcome, a failed one may be tried again. */
const makeOnce = (seen: SeenStore) => {
  const running = new Map<string, Promise<void>>();
  const runOnce = async (id: string, work: () => Promise<void>): Promise<void> => {
    if (await seen.has(id)) return;
    await work();
    await seen.add(id);
  };
  return (id: string, work: () => Promise<void>): Promise<void> => {
    const current = running.get(id);
    if (current !== undefined) return current;
    const run = runOnce(id, work).finally(() => running.delete(id));
    running.set(id, run);
    return run;
  };
};

/** The core of the adapters. Throws at once when the secrets can't be used. */
export const makeReceiver = (options: ReceiverOptions): Receiver => {
  const { on, seen, maxBodyBytes = DEFAULT_MAX_BODY_BYTES, report = reportToConsole } = options;
  if (!(maxBodyBytes > 0)) throw new RangeError('maxBodyBytes: must be more than 0');
  const verifyRequest = makeVerifier(options);
  const once = seen === undefined ? undefined : makeOnce(seen);

  const refuse = (failure: Failure): Answer => {
    report({ kind: 'rejected', failure });
    return answerFailure(failure);
  };

  const handle = async ({ event, id, timestamp, scheme }: Verified): Promise<Answer> => {
    const work = () => callHandler(event, { id, timestamp, scheme }, on);
    try {
      await (once === undefined || id === null ? work() : once(id, work));
      return answer(204);
    } catch (error) {
      report({ kind: 'failed', error, id, subscription: subscriptionOf(event) });
      return answer(500, 'handler_failed', 'the receiver could not handle the event');
    }
  };

  return {
    maxBodyBytes,
    async receive(method, headers, body) {
      if (method !== 'POST') return answer(405, 'method_not_allowed', 'send a POST', { allow: 'POST' });
      if (body === 'already_parsed') {
        const message =
          'body: something parsed it before; mount this handler before express.json(), or keep the raw body';
        return refuse(setupFailure('body_not_raw', message));
      }
      if (body === 'too_large' || body.length > maxBodyBytes) {
        return answer(413, 'body_too_large', `body: ${maxBodyBytes} bytes at most`);
      }
      const verdict = verifyRequest({ headers, body });
      return verdict.ok ? handle(verdict) : refuse(verdict);
    },
  };
};
