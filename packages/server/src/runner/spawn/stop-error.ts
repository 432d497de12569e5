// What a consumer of output throws to end the program for a reason of its own.
import type { StopReason } from '../judge.ts';

export class StopError extends Error {
  readonly reason: StopReason;
  constructor(reason: StopReason) {
    super(reason.kind);
    this.reason = reason;
  }
}
