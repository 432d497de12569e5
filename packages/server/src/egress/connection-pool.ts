// Who gets a socket. Busy origins keep theirs warm; the number of origins and of sockets is bounded, the least recently
// used idle ones make room, and when all are busy the origins take turns.
import { Connection, type ConnectionOptions } from './connection.ts';
import type { Exchange } from './exchange.ts';
import type { Target } from './guard-url.ts';
import { makeOpenSocket, type OpenerOptions } from './open-socket.ts';
import { Origin } from './origin.ts';
import { TimerWheel } from './timer-wheel.ts';

export type PoolOptions = OpenerOptions & {
  keepAliveMs: number;
  maxOrigins: number;
  maxSockets: number;
  maxSocketsPerOrigin: number;
  now: () => number;
};
export type PoolStats = { pools: number; sockets: number; idle: number; inFlight: number; waiting: number };

export class ConnectionPool {
  readonly now: () => number;
  readonly wheel: TimerWheel;
  readonly #options: PoolOptions;
  readonly #connectionOptions: ConnectionOptions;
  readonly #origins = new Map<string, Origin>();
  /** Origins with nothing in flight, least recently used first. */
  readonly #resting = new Set<Origin>();
  /** Origins with a POST that waits because all sockets are in use, in the order of their turns. */
  readonly #starved = new Set<Origin>();
  #sockets = 0;
  #idle = 0;
  #inFlight = 0;
  #onEmpty: (() => void) | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.now = options.now;
    this.wheel = new TimerWheel(options.now);
    const { connectMs, keepAliveMs, now } = options;
    const onGone = (connection: Connection): void => this.#discardIdle(connection);
    this.#connectionOptions = { connectMs, keepAliveMs, now, wheel: this.wheel, onGone };
  }

  originOf(target: Target): Origin {
    const known = this.#origins.get(target.origin);
    if (known) return known;
    const origin = new Origin(target.origin, makeOpenSocket(target, this.#options));
    this.#origins.set(target.origin, origin);
    if (this.#origins.size > this.#options.maxOrigins) this.#evictOrigin();
    return origin;
  }

  start(exchange: Exchange): void {
    const { origin } = exchange;
    this.#inFlight += 1;
    origin.inFlight += 1;
    if (origin.inFlight === 1) this.#resting.delete(origin);
    const warm = origin.idle.pop();
    if (warm) {
      this.#idle -= 1;
      warm.run(exchange);
    } else if (origin.connections >= this.#limitOf(exchange)) {
      origin.waiting.add(exchange);
    } else if (this.#sockets >= this.#options.maxSockets && !this.#evictSocket()) {
      origin.waiting.add(exchange);
      this.#starved.add(origin);
    } else {
      this.#open(exchange);
    }
  }

  /** The answer is complete and the socket free for the next. */
  release(connection: Connection): void {
    connection.exchange = null;
    connection.served += 1;
    const { origin } = connection;
    if (this.#starved.size > 0 && !(this.#starved.size === 1 && this.#starved.has(origin))) {
      this.drop(connection);
      return;
    }
    const next = this.#takeWaiting(origin);
    if (next) {
      connection.run(next);
      return;
    }
    origin.idle.push(connection);
    this.#idle += 1;
  }

  /** The socket is of no more use; its place goes to whoever waits. */
  drop(connection: Connection): void {
    const { origin } = connection;
    connection.kill();
    this.#sockets -= 1;
    origin.connections -= 1;
    const starved = this.#nextStarved();
    // Its place went to another origin, so that its own waiting ones need a turn.
    if (starved && origin.waiting.size > 0) this.#starved.add(origin);
    const next = starved ?? this.#takeWaiting(origin);
    if (next) this.#open(next);
  }

  /** A POST ends that was still waiting for a socket. */
  forget(exchange: Exchange): void {
    const { origin } = exchange;
    origin.waiting.delete(exchange);
    if (origin.waiting.size === 0) this.#starved.delete(origin);
  }

  /** Called once for each POST that was started, after its socket was released or dropped. */
  ended(origin: Origin): void {
    this.#inFlight -= 1;
    origin.inFlight -= 1;
    if (origin.inFlight === 0) {
      this.#resting.add(origin);
      if (this.#origins.size > this.#options.maxOrigins) this.#evictOrigin();
    }
    if (this.#inFlight === 0) this.#onEmpty?.();
  }

  stats(): PoolStats {
    let waiting = 0;
    for (const origin of this.#origins.values()) waiting += origin.waiting.size;
    return { pools: this.#origins.size, sockets: this.#sockets, idle: this.#idle, inFlight: this.#inFlight, waiting };
  }

  abortAll(reason: string): void {
    for (const item of this.wheel.items()) item.abort?.(reason);
  }

  /** Resolves when nothing is in the air any more; then closes what is idle. */
  async drain(): Promise<void> {
    if (this.#inFlight > 0) {
      await new Promise<void>((done) => {
        this.#onEmpty = done;
      });
    }
    for (const origin of this.#origins.values()) this.#closeIdle(origin);
    this.#origins.clear();
    this.#resting.clear();
    this.wheel.stop();
  }

  #limitOf(exchange: Exchange): number {
    return Math.min(exchange.request.limits.connections ?? Infinity, this.#options.maxSocketsPerOrigin);
  }

  #open(exchange: Exchange): void {
    this.#sockets += 1;
    exchange.origin.connections += 1;
    new Connection(exchange.origin, this.#connectionOptions).run(exchange);
  }

  #nextStarved(): Exchange | undefined {
    for (const origin of this.#starved) {
      this.#starved.delete(origin);
      const first = origin.firstWaiting();
      // At its own limit, it is served by its own sockets.
      if (first === undefined || origin.connections >= this.#limitOf(first)) continue;
      const next = this.#takeWaiting(origin);
      // Its further ones wait for its next turn.
      if (origin.waiting.size > 0) this.#starved.add(origin);
      return next;
    }
    return undefined;
  }

  #takeWaiting(origin: Origin): Exchange | undefined {
    const next = origin.takeWaiting();
    if (next && origin.waiting.size === 0) this.#starved.delete(origin);
    return next;
  }

  #discardIdle(connection: Connection): void {
    const { idle } = connection.origin;
    const at = idle.indexOf(connection);
    if (at < 0) return;
    idle.splice(at, 1);
    this.#idle -= 1;
    this.drop(connection);
  }

  #closeIdle(origin: Origin): void {
    while (origin.idle[0]) this.#discardIdle(origin.idle[0]);
  }

  #evictOrigin(): void {
    for (const origin of this.#resting) {
      this.#closeIdle(origin);
      this.#resting.delete(origin);
      this.#origins.delete(origin.key);
      return;
    }
  }

  #evictSocket(): boolean {
    if (this.#idle === 0) return false;
    for (const origins of [this.#resting, this.#origins.values()]) {
      for (const { idle } of origins) {
        if (idle[0] === undefined) continue;
        this.#discardIdle(idle[0]);
        return true;
      }
    }
    return false;
  }
}
