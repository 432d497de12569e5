// Until the user stops it, or the server ends by itself.
import { CliError } from '../cli-error.ts';
import { untilAborted } from '../terminal/stop-signal.ts';

/** Throws when the server ended without being asked to. */
export const stayUp = async (serverEnded: Promise<string>, signal: AbortSignal): Promise<void> => {
  const how = await Promise.race([serverEnded, untilAborted(signal)]);
  if (typeof how === 'string' && !signal.aborted) {
    throw new CliError(`The server has stopped: ${how}. Start again; nothing that it accepted is lost`);
  }
};
