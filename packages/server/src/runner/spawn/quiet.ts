// Tells when a pipe has been quiet for a while. Time spent on storing what came does not count, and one more look at
// the pipe is taken before silence is declared, so that a stalled process never mistakes its own sleep for it.

export type Quiet = {
  during(work: () => Promise<void> | void): Promise<void> | void;
  elapsed(): Promise<void>;
  close(): void;
};

export const makeQuiet = (ms: number): Quiet => {
  let timer: NodeJS.Timeout | undefined;
  let busy = 0;
  let seen = 0;
  const done = () => {
    busy -= 1;
    timer?.refresh();
  };
  const wait = (resolve: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const before = seen;
      setImmediate(() => (busy === 0 && seen === before ? resolve() : wait(resolve)));
    }, ms);
  };
  return {
    during(work) {
      busy += 1;
      seen += 1;
      let result: Promise<void> | void;
      try {
        result = work();
      } catch (error) {
        done();
        throw error;
      }
      if (result === undefined) return done();
      return result.finally(done);
    },
    elapsed: () => new Promise(wait),
    close: () => clearTimeout(timer),
  };
};
