// One POST in the air, as undici's handler. The first reason to end wins; a status once received is never lost to what
// goes wrong after it.
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { AnswerText } from './answer-text.ts';
import { classifyFailure } from './classify-failure.ts';
import type { Connection } from './connection.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { Origin } from './origin.ts';
import type { FailureCode, Outcome, PostRequest, Settle } from './outcome.ts';
import type { Expirable } from './timer-wheel.ts';

const DEFAULT_ANSWER_BYTES = 16 * 1024;
// Informational answers come one or two at a time; a stream of them is an attack.
const MAX_INFORMATIONAL = 32;

export class Exchange implements Dispatcher.DispatchHandler, Expirable {
  readonly request: PostRequest;
  readonly origin: Origin;
  readonly options: Dispatcher.DispatchOptions;
  connection: Connection | null = null;
  wheelSlot = -1;
  deadline = 0;
  /** While `post` is still running, an end is told only after it. */
  posting = true;
  readonly #pool: ConnectionPool;
  readonly #settle: Settle;
  readonly #startedAt: number;
  #settled = false;
  #informational = 0;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #ttfbUs = 0;
  #answer: AnswerText;

  constructor(pool: ConnectionPool, origin: Origin, request: PostRequest, settle: Settle) {
    this.#pool = pool;
    this.origin = origin;
    this.request = request;
    this.#settle = settle;
    this.#startedAt = pool.now();
    this.#answer = new AnswerText(request.limits.answerBytes ?? DEFAULT_ANSWER_BYTES);
    this.options = {
      method: 'POST',
      path: request.target.path,
      headers: request.headers as string[],
      body: request.body,
      // Only matters to pipelining, which is off; without it undici takes one more round per answer.
      blocking: false,
    };
    pool.wheel.add(this, this.#startedAt + request.limits.totalMs);
  }

  onRequestStart(): void {}

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) {
      this.#informational += 1;
      if (this.#informational > MAX_INFORMATIONAL) this.#break('bad_response', 'more 1xx answers than make sense');
      return;
    }
    this.#status = status;
    this.#headers = headers;
    this.#ttfbUs = this.#elapsedUs();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) return;
    if (!this.#answer.push(chunk)) this.#break('bad_response', 'the answer is too long');
  }

  onResponseEnd(): void {
    if (this.#settled) return;
    const connection = this.connection;
    this.connection = null;
    this.#settled = true;
    if (connection) this.#pool.release(connection);
    this.#end(this.#answered(false));
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#settled) return;
    const { code, message } = classifyFailure(error);
    this.#break(code, message);
  }

  onExpire(): void {
    const { totalMs } = this.request.limits;
    const what = this.connection ? `no answer within ${totalMs} ms` : `no free connection within ${totalMs} ms`;
    this.#break('timeout', what);
  }

  failConnect(connectMs: number): void {
    this.#break('connect_timeout', `no connection within ${connectMs} ms`);
  }

  abort(reason: string): void {
    this.#break('aborted', reason);
  }

  /** Ends before the answer did: the socket is closed, not drained. */
  #break(code: FailureCode, message: string): void {
    if (this.#settled) return;
    this.#settled = true;
    const connection = this.connection;
    this.connection = null;
    const reused = connection !== null && connection.served > 0;
    if (connection) this.#pool.drop(connection);
    else this.#pool.forget(this);
    if (this.#status > 0) this.#end(this.#answered(true));
    else this.#end({ kind: 'failed', code, message, totalUs: this.#elapsedUs(), reused });
  }

  #answered(truncated: boolean): Outcome {
    return {
      kind: 'answered',
      status: this.#status,
      answerHeaders: this.#headers,
      answer: this.#answer.toText(truncated),
      truncated,
      ttfbUs: this.#ttfbUs,
      totalUs: this.#elapsedUs(),
    };
  }

  #end(outcome: Outcome): void {
    this.#pool.wheel.remove(this);
    this.#pool.ended(this.origin);
    if (this.posting) queueMicrotask(() => this.#tell(outcome));
    else this.#tell(outcome);
  }

  #tell(outcome: Outcome): void {
    try {
      this.#settle(outcome);
    } catch (error) {
      // undici would take it for a fault of the answer and hide it.
      process.nextTick(() => {
        throw error;
      });
    }
  }

  #elapsedUs(): number {
    return Math.round((this.#pool.now() - this.#startedAt) * 1000);
  }
}
