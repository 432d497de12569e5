// A failure that the user can do something about: one line, told as FATAL, exit code 1.
export class Fatal extends Error {}

/** A line of log on stderr; stdout belongs to the messages. */
export const log = (level: 'INFO' | 'WARNING' | 'FATAL', text: string): void => {
  process.stderr.write(`${level} tap-csv: ${text.replaceAll('\n', ' ')}\n`);
};
