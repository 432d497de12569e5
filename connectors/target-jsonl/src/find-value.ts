// Finds the bytes of a top-level value inside a JSON line, so that it is written as it came: a parse and a print would
// turn 1.10 into 1.1 and lose the end of a big integer.

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

/** The index after the string that opens at `at`. */
const skipString = (line: Buffer, at: number): number => {
  let end = at + 1;
  while (end < line.length && line[end] !== QUOTE) end += line[end] === BACKSLASH ? 2 : 1;
  return end + 1;
};

/** The index after the object or array that opens at `at`. */
const skipNested = (line: Buffer, at: number): number => {
  let depth = 0;
  for (let next = at; next < line.length; next += 1) {
    const byte = line[next];
    if (byte === QUOTE) next = skipString(line, next) - 1;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
    if (depth === 0) return next + 1;
  }
  return line.length;
};

const skipScalar = (line: Buffer, at: number): number => {
  let end = at;
  while (end < line.length && line[end] !== COMMA && line[end] !== CLOSE_BRACE) end += 1;
  return end;
};

const skipValue = (line: Buffer, at: number): number => {
  const byte = line[at];
  if (byte === QUOTE) return skipString(line, at);
  return byte === OPEN_BRACE || byte === OPEN_BRACKET ? skipNested(line, at) : skipScalar(line, at);
};

/**
 * The bytes of the value at the top-level key. The line must be a valid JSON object, the value an object or an array.
 * As in JSON.parse, the last of several keys of the same name counts.
 */
export const findValue = (line: Buffer, key: Buffer): Buffer => {
  let found = line.subarray(0, 0);
  let at = line.indexOf(QUOTE);
  while (at >= 0) {
    const nameEnd = skipString(line, at);
    const isKey = nameEnd - at === key.length && key.compare(line, at, nameEnd) === 0;
    let start = line.indexOf(COLON, nameEnd) + 1;
    while ((line[start] ?? 33) <= 32) start += 1;
    const end = skipValue(line, start);
    if (isKey) found = line.subarray(start, end);
    at = line.indexOf(QUOTE, end);
  }
  return found;
};
