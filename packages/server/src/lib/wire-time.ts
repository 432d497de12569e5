// Times as PostgreSQL prints them, turned into the form of every time on the wire.
import { formatMicros, parseMicros } from './clock.ts';

export const wireTime = (text: string): string => formatMicros(parseMicros(text));
export const wireTimeOrNull = (text: string | null): string | null => (text === null ? null : wireTime(text));
