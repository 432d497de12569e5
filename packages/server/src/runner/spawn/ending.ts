// Ends a program and everything it started: SIGTERM, grace, SIGKILL, all to the process group. The first reason wins,
// and nothing here waits without a bound.
import type { StopReason } from '../judge.ts';

export type Ending = {
  stop(reason: StopReason): void;
  readonly reason: StopReason | undefined;
  readonly killed: boolean;
  /** To be called when the program itself has exited: what is left of its group has no one to answer to. */
  exited(): void;
  /** SIGKILL to whatever is left of the group. */
  sweep(): void;
  /** Resolves when even SIGKILL did not bring the program or its pipes to their end. */
  readonly abandoned: Promise<void>;
  close(): void;
};

const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing is left of the group.
  }
};

export const makeEnding = (pid: number, graceMs: number, drainMs: number): Ending => {
  let reason: StopReason | undefined;
  let killed = false;
  let hasExited = false;
  let timer: NodeJS.Timeout | undefined;
  const { promise: abandoned, resolve: abandon } = Promise.withResolvers<void>();

  const sweep = () => signalGroup(pid, 'SIGKILL');
  const abandonSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(abandon, drainMs);
  };
  const kill = () => {
    killed ||= !hasExited;
    sweep();
    abandonSoon();
  };
  return {
    get reason() {
      return reason;
    },
    get killed() {
      return killed;
    },
    abandoned,
    sweep,
    stop(why) {
      if (reason !== undefined) return;
      reason = why;
      if (hasExited) return kill();
      signalGroup(pid, 'SIGTERM');
      // A stopped (SIGSTOP) program takes SIGTERM only once it runs again.
      signalGroup(pid, 'SIGCONT');
      timer = setTimeout(kill, graceMs);
    },
    exited() {
      hasExited = true;
      if (reason !== undefined) kill();
    },
    close: () => clearTimeout(timer),
  };
};
