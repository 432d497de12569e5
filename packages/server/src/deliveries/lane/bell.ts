// A wait that others can end: a ring between two waits is not lost.

export type Bell = {
  ring(): void;
  /** Resolves at the next ring (at once if it rang since the last wait), or after `ms`. */
  wait(ms: number): Promise<void>;
};

export const makeBell = (): Bell => {
  let rang = false;
  let open: (() => void) | null = null;
  return {
    ring: () => {
      rang = true;
      open?.();
    },
    wait: async (ms) => {
      if (!rang) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          open = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      open = null;
      rang = false;
    },
  };
};
