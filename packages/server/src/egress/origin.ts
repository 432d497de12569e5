// What is known of one origin: its connections and the POSTs that wait for one.
import type { Connection } from './connection.ts';
import type { Exchange } from './exchange.ts';
import type { OpenSocket } from './open-socket.ts';

export class Origin {
  readonly key: string;
  readonly openSocket: OpenSocket;
  /** Most recently used last: the last one is taken, so that what isn't needed grows old and closes. */
  readonly idle: Connection[] = [];
  readonly waiting = new Set<Exchange>();
  /** Open or opening. */
  connections = 0;
  /** POSTs not yet settled, the waiting ones included. */
  inFlight = 0;

  constructor(key: string, openSocket: OpenSocket) {
    this.key = key;
    this.openSocket = openSocket;
  }

  firstWaiting(): Exchange | undefined {
    return this.waiting.values().next().value;
  }

  takeWaiting(): Exchange | undefined {
    const next = this.firstWaiting();
    if (next) this.waiting.delete(next);
    return next;
  }
}
