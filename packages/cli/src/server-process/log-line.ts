// A line of the server's log: JSON, or what a crash prints.

export type LogLine = { level: string; text: string };

type Fields = { level?: string; msg?: string; err?: { message?: string } };

const parse = (line: string): Fields | null => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
};

/** Null when it is no line of the log. */
export const readLogLine = (line: string): LogLine | null => {
  const fields = parse(line);
  if (fields === null) return null;
  return { level: fields.level ?? '', text: [fields.msg, fields.err?.message].filter(Boolean).join(': ') };
};

const CRASH = /^(?:Uncaught )?[A-Za-z]*Error\b/;

/** Remembers the line that most likely says why the process ended. */
export const makeLastWords = () => {
  let words = '';
  return {
    note: (line: string): void => {
      const read = readLogLine(line);
      if (read === null ? CRASH.test(line) : read.level === 'error' || read.level === 'fatal')
        words = read?.text ?? line;
    },
    text: (): string => words,
  };
};
