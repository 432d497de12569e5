// One coarse timer for all that is in the air, in place of a timer per POST. A deadline fires at most one tick late, and
// only after the event loop has read what had already arrived, so that a stalled process doesn't blame its receivers.

/** Something with a deadline; it sits in at most one slot. */
export type Expirable = { wheelSlot: number; deadline: number; onExpire(): void; abort?(reason: string): void };

const SLOTS = 1024;

export class TimerWheel {
  readonly #tickMs: number;
  readonly #now: () => number;
  readonly #slots: (Set<Expirable> | undefined)[] = Array.from({ length: SLOTS });
  #size = 0;
  #lastTick = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(now: () => number, tickMs = 50) {
    this.#now = now;
    this.#tickMs = tickMs;
  }

  get size(): number {
    return this.#size;
  }

  add(item: Expirable, deadline: number): void {
    if (this.#timer === undefined) this.#start();
    item.deadline = deadline;
    item.wheelSlot = Math.max(Math.ceil(deadline / this.#tickMs), this.#lastTick + 1) % SLOTS;
    (this.#slots[item.wheelSlot] ??= new Set()).add(item);
    this.#size += 1;
  }

  remove(item: Expirable): void {
    if (item.wheelSlot < 0) return;
    this.#slots[item.wheelSlot]?.delete(item);
    item.wheelSlot = -1;
    this.#size -= 1;
  }

  /** All that have a deadline now. */
  items(): Expirable[] {
    return this.#slots.flatMap((slot) => [...(slot ?? [])]);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #start(): void {
    this.#lastTick = Math.floor(this.#now() / this.#tickMs);
    this.#timer = setInterval(() => setImmediate(() => this.#advance()), this.#tickMs).unref();
  }

  #advance(): void {
    const now = this.#now();
    const tick = Math.floor(now / this.#tickMs);
    const from = Math.max(this.#lastTick + 1, tick - SLOTS + 1);
    this.#lastTick = tick;
    for (let at = from; at <= tick; at += 1) {
      for (const item of this.#slots[at % SLOTS] ?? []) {
        // A deadline further away than one turn of the wheel stays for its own turn.
        if (item.deadline > now) continue;
        this.remove(item);
        item.onExpire();
      }
    }
    if (this.#size === 0) this.stop();
  }
}
