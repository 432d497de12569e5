// Writes down, soon after its time, that a webhook's next secret has become the current one. Sending does not wait for it.
import { setTimeout as wait } from 'node:timers/promises';
import type { Sql } from '../db/types.ts';
import type { Clock } from '../lib/clock.ts';
import { promoteSecrets } from './rotate-secret.ts';

type Deps = {
  sql: Sql;
  clock: Pick<Clock, 'nowMs'>;
  changed: (webhookNo: number) => void;
  onError: (error: unknown) => void;
};

const EVERY_MS = 10_000;

export const runSecretSwitches = async ({ sql, clock, changed, onError }: Deps, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    try {
      for (const webhookNo of await promoteSecrets(sql, clock.nowMs())) changed(webhookNo);
    } catch (error) {
      onError(error);
    }
    await wait(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
};
