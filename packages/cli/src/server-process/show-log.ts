// The server's log for people: warnings and errors as one line each. Whoever sets BOWLINE_LOG_LEVEL gets the lines as they are.
import type { Screen } from '../terminal/screen.ts';

type LogLine = { level?: string; msg?: string; err?: { message?: string } };

const parse = (line: string): LogLine | null => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
};

export const showLog = (screen: Screen, raw: boolean): ((line: string) => void) => {
  const { yellow, red } = screen.colors;
  return (line) => {
    if (raw) return screen.line(line);
    const parsed = parse(line);
    // What is not a log line comes with the message of a failed start, which is told anyway.
    if (parsed === null) return;
    const { level = '', msg = '', err } = parsed;
    const text = `server: ${[msg, err?.message].filter(Boolean).join(': ')}`;
    if (level === 'warn') screen.line(yellow(`  ! ${text}`));
    if (level === 'error' || level === 'fatal') screen.line(red(`  ✗ ${text}`));
  };
};
