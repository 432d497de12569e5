// Ctrl-C and its like as one AbortSignal: the first asks for an orderly stop, the second ends the process at once.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const EXIT_AFTER_SIGINT = 130;

export type StopSignal = Disposable & { readonly signal: AbortSignal };

export const listenForStop = (): StopSignal => {
  const stop = new AbortController();
  const onSignal = () => {
    // The server notices that its parent is gone, and stops in order by itself.
    if (stop.signal.aborted) process.exit(EXIT_AFTER_SIGINT);
    stop.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: stop.signal,
    [Symbol.dispose]: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
};

export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
