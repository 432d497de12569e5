// Hears notifications on a connection of its own. They are hints only: what is sent while the connection is down is
// lost, so the caller looks for itself after `onLost` and at each `onListening`.
import { setTimeout as wait } from 'node:timers/promises';
import { openDriver } from './driver.ts';
import type { Connection } from './types.ts';

const RECONNECT_DELAYS_MS: readonly number[] = [20, 50, 100, 250, 500, 1000, 2000];

export type ListenOptions = {
  readonly applicationName?: string;
  /** The connection broke, or the first one failed; reconnecting goes on until closed. */
  readonly onLost?: () => void;
  /** Listening works (again). */
  readonly onListening?: () => void;
};

/** Resolves once it listens for the first time; rejects when that fails. */
export const listen = async (
  connection: Connection,
  channels: readonly string[],
  onNotify: (channel: string, payload: string) => void,
  options: ListenOptions = {},
): Promise<AsyncDisposable> => {
  const closing = new AbortController();
  let listening = false;
  let reconnected: Promise<void> = Promise.resolve();
  const driver = openDriver(connection, {
    max: 1,
    applicationName: options.applicationName ?? 'bowline listen',
    maxLifetimeSeconds: null,
    keepAliveSeconds: 10,
    fetchTypes: false,
    noBackoff: true,
    onNotify,
    onClose: () => {
      if (closing.signal.aborted || !listening) return;
      listening = false;
      options.onLost?.();
      reconnected = reconnect();
    },
  });

  const listenAll = async () => {
    for (const channel of channels) await driver`listen ${driver(channel)}`;
    listening = true;
    options.onListening?.();
  };

  const reconnect = async () => {
    for (let attempt = 0; !closing.signal.aborted; attempt++) {
      const delay = RECONNECT_DELAYS_MS[Math.min(attempt, RECONNECT_DELAYS_MS.length - 1)];
      try {
        await wait(delay, undefined, { signal: closing.signal });
        await listenAll();
        return;
      } catch {
        // Tried again, until the closer says otherwise.
      }
    }
  };

  const close = async () => {
    closing.abort();
    await driver.end({ timeout: 0 });
    await reconnected;
  };
  try {
    await listenAll();
  } catch (error) {
    await close();
    throw error;
  }
  return { [Symbol.asyncDispose]: close };
};
