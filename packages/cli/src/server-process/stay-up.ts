// Until the user stops it, or the server ends by itself.
import { setTimeout as wait } from 'node:timers/promises';
import { ApiError } from '@bowline/contract/api-error';
import { CliError } from '../cli-error.ts';
import { untilAborted } from '../terminal/stop-signal.ts';

const NOTICE_LIMIT_MS = 2_000;

const stoppedError = (how: string): CliError =>
  new CliError(`The server has stopped: ${how}. Start again; nothing that it accepted is lost`);

/** Throws when the server ended without being asked to. */
export const stayUp = async (serverEnded: Promise<string>, signal: AbortSignal): Promise<void> => {
  const how = await Promise.race([serverEnded, untilAborted(signal)]);
  if (typeof how === 'string' && !signal.aborted) throw stoppedError(how);
};

/** A call that found nobody: because the server has ended, and then that is what must be told. */
export const explainNoAnswer = async (error: unknown, serverEnded: Promise<string>): Promise<unknown> => {
  if (!(error instanceof ApiError) || error.code !== 'no_answer') return error;
  const how = await Promise.race([serverEnded, wait(NOTICE_LIMIT_MS, null, { ref: false })]);
  return how === null ? error : stoppedError(how);
};
