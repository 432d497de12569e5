// The server's log for people: warnings and errors as one line each. Whoever sets BOWLINE_LOG_LEVEL gets the lines as they are.
import type { Screen } from '../terminal/screen.ts';
import { readLogLine } from './log-line.ts';

export const showLog = (screen: Screen, raw: boolean): ((line: string) => void) => {
  const { yellow, red } = screen.colors;
  return (line) => {
    if (raw) return screen.line(line);
    // What is no log line comes from a failed start or a crash, which is told anyway.
    const { level, text } = readLogLine(line) ?? { level: '', text: '' };
    if (level === 'warn') screen.line(yellow(`  ! server: ${text}`));
    if (level === 'error' || level === 'fatal') screen.line(red(`  ✗ server: ${text}`));
  };
};
