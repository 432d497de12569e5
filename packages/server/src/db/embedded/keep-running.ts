// Starts the server again when it dies under us (killed, out of memory), on the same socket or port, so that the pools
// find it where it was. When it is only a backend that dies, PostgreSQL does this by itself.
import { setTimeout as wait } from 'node:timers/promises';
import type { ConnectionParts } from '../types.ts';
import { findOrLaunch, isRunning } from './find-or-launch.ts';
import type { Home } from './find-or-launch.ts';

const LOOK_EVERY_MS = 200;
const AFTER_FAILURE_MS = 2_000;

export const keepRunning = (home: Home, connection: ConnectionParts): AsyncDisposable => {
  const closing = new AbortController();
  const { signal } = closing;
  const samePort = { ...home, port: connection.host === '127.0.0.1' ? connection.port : home.port };

  const look = async (): Promise<number> => {
    try {
      if (await isRunning(home.cluster)) return LOOK_EVERY_MS;
      home.log('PostgreSQL has ended; starting it again');
      await findOrLaunch(samePort, { signal });
      return LOOK_EVERY_MS;
    } catch (error) {
      if (!signal.aborted)
        home.log(`PostgreSQL can't be started again: ${error instanceof Error ? error.message : String(error)}`);
      return AFTER_FAILURE_MS;
    }
  };

  const loop = async () => {
    for (let pause = LOOK_EVERY_MS; !signal.aborted; pause = await look()) {
      await wait(pause, undefined, { signal, ref: false }).catch(() => {});
    }
  };

  const running = loop();
  return {
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      await running;
    },
  };
};
