// Calls at most once per interval, and once more at the end if something was still to be told.

export type Throttle = { poke(): void; close(): void };

export const makeThrottle = (call: () => void, everyMs: number): Throttle => {
  let timer: NodeJS.Timeout | undefined;
  const fire = () => {
    timer = undefined;
    call();
  };
  return {
    poke: () => {
      timer ??= setTimeout(fire, everyMs);
    },
    close: () => {
      if (timer === undefined) return;
      clearTimeout(timer);
      fire();
    },
  };
};
