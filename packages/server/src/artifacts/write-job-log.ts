// The log of a job or discover on disk: one JSON object a line, cut at a limit so that no program can fill the disk.
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { once } from 'node:events';

export type JobLogLine = { time: string; program: string; source: string; text: string };

export type JobLog = AsyncDisposable & { write(line: JobLogLine): void };

const MAX_TEXT = 16_384;

/** What is written after `maxBytes` is dropped, with one line that says so. A log that fails to be written stops no job. */
export const openJobLog = async (file: string, maxBytes: number): Promise<JobLog> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const stream = createWriteStream(file, { flags: 'a', mode: 0o600 });
  let failed = false;
  stream.on('error', () => {
    failed = true;
  });
  let left = maxBytes;
  const write = (line: JobLogLine): void => {
    if (failed || left <= 0) return;
    const text = line.text.length > MAX_TEXT ? `${line.text.slice(0, MAX_TEXT)}…(cut)` : line.text;
    const json = `${JSON.stringify({ ...line, text })}\n`;
    left -= Buffer.byteLength(json);
    if (left > 0) stream.write(json);
    else
      stream.write(
        `${JSON.stringify({ ...line, program: 'bowline', source: 'runner', text: 'the log ends here: its limit is reached' })}\n`,
      );
  };
  return {
    write,
    [Symbol.asyncDispose]: async () => {
      if (failed || stream.closed) return;
      stream.end();
      await once(stream, 'close').catch(() => {});
    },
  };
};
