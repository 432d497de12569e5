// Waiting for something that is yet to come, with a time limit.

export type Watchers<T> = {
  tell(value: T): void;
  /** Resolves true once a value fits that is told from now on, and false at the time limit. */
  until(fits: (value: T) => boolean, limitMs: number): Promise<boolean>;
};

export const makeWatchers = <T>(): Watchers<T> => {
  const watching = new Set<(value: T) => void>();
  return {
    tell: (value) => {
      for (const watch of watching) watch(value);
    },
    until: (fits, limitMs) =>
      new Promise((resolve) => {
        const end = (found: boolean) => {
          clearTimeout(late);
          watching.delete(watch);
          resolve(found);
        };
        const watch = (value: T) => {
          if (fits(value)) end(true);
        };
        const late = setTimeout(() => end(false), limitMs);
        watching.add(watch);
      }),
  };
};
