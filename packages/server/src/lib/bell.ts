// A wait that others can end: a ring between two waits is not lost. A hint only; who waits looks by itself now and then.

export type Bell = {
  ring(): void;
  /** Resolves at the next ring, at once if it rang since the last wait, after `ms`, or when the signal aborts. */
  heard(ms: number, signal?: AbortSignal): Promise<void>;
};

export const makeBell = (): Bell => {
  let rang = false;
  let wake = () => {};
  return {
    ring: () => {
      rang = true;
      wake();
    },
    heard: async (ms, signal) => {
      if (!rang && signal?.aborted !== true) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
          signal?.addEventListener('abort', wake, { once: true });
        });
        signal?.removeEventListener('abort', wake);
      }
      wake = () => {};
      rang = false;
    },
  };
};
