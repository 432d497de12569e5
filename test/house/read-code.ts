// Splits TypeScript into what runs and what is written: the rules of the house look at code, not at comments or texts.

export type Code = {
  /** The source with comments as blanks and each text as a numbered mark, `"§0"`; line breaks stay where they were. */
  readonly text: string;
  /** The texts behind the marks. */
  readonly texts: readonly string[];
};

type Scan = { source: string; at: number; out: string; texts: string[] };

const KEEPS_LINES = /[^\n]/g;
/** After these a slash begins a pattern, not a division. */
const BEFORE_PATTERN = /(?:^|[([{,;:=!&|?+\-*%<>~^}]|\b(?:return|typeof|case|in|of|delete|void|await|yield))\s*$/;

export const readCode = (source: string): Code => {
  const scan: Scan = { source, at: 0, out: '', texts: [] };
  readUntil(scan, null);
  return { text: scan.out, texts: scan.texts };
};

const readUntil = (scan: Scan, closing: '}' | null): void => {
  let depth = 0;
  while (scan.at < scan.source.length) {
    if (readWritten(scan)) continue;
    const char = scan.source.charAt(scan.at);
    if (char === '{') depth += 1;
    if (char === '}' && depth-- === 0 && closing === '}') return;
    scan.out += char;
    scan.at += 1;
  }
};

/** Passes over a comment, a text or a pattern; false when there is none here. */
const readWritten = (scan: Scan): boolean => {
  const at = scan.at;
  const char = scan.source.charAt(at);
  if (scan.source.startsWith('//', at)) blank(scan, endOf(scan, '\n'));
  else if (scan.source.startsWith('/*', at)) blank(scan, endOf(scan, '*/') + 2);
  else if (char === "'" || char === '"') readText(scan, char);
  else if (char === '`') readTemplate(scan);
  else if (char === '/' && BEFORE_PATTERN.test(scan.out.slice(-40))) blank(scan, endOfPattern(scan));
  return scan.at > at;
};

const endOf = ({ source, at }: Scan, mark: string): number => {
  const found = source.indexOf(mark, at);
  return found < 0 ? source.length : found;
};

const blank = (scan: Scan, end: number): void => {
  scan.out += scan.source.slice(scan.at, end).replace(KEEPS_LINES, ' ');
  scan.at = end;
};

const readText = (scan: Scan, quote: string): void => {
  const start = scan.at + 1;
  let end = start;
  while (end < scan.source.length && scan.source[end] !== quote) end += scan.source[end] === '\\' ? 2 : 1;
  mark(scan, scan.source.slice(start, end));
  scan.at = end + 1;
};

const mark = (scan: Scan, text: string): void => {
  scan.out += `"§${scan.texts.length}"`;
  scan.texts.push(text);
};

// The text of a template is blanked, the code in its holes is read.
const readTemplate = (scan: Scan): void => {
  scan.out += ' ';
  scan.at += 1;
  while (scan.at < scan.source.length) {
    const char = scan.source.charAt(scan.at);
    if (char === '`') return blank(scan, scan.at + 1);
    if (scan.source.startsWith('${', scan.at)) {
      blank(scan, scan.at + 2);
      scan.out += '(';
      readUntil(scan, '}');
      scan.out += ')';
      blank(scan, scan.at + 1);
    } else blank(scan, scan.at + (char === '\\' ? 2 : 1));
  }
};

const endOfPattern = ({ source, at }: Scan): number => {
  let inClass = false;
  for (let end = at + 1; end < source.length; end += 1) {
    const char = source[end];
    if (char === '\\') end += 1;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) return end + 1;
    else if (char === '\n') return at + 1;
  }
  return at + 1;
};
