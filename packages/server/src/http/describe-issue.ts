// One clear sentence out of what a schema found: names the first offending field and what is expected of it.
import type { z } from 'zod';

export type Described = { field: string; message: string };
type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** `policy.retries[3]`, `policy.headers["X Y"]`. */
export const formatPath = (path: Path): string => {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\w-]+$/.test(String(part))) text += `${text === '' ? '' : '.'}${String(part)}`;
    else text += `[${JSON.stringify(String(part))}]`;
  }
  return text;
};

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const NOUN: Readonly<Record<string, string>> = { string: 'characters', array: 'entries', set: 'entries' };

/** Schemas of ours say "must …" themselves; what zod says is put into our words. */
const isOwnMessage = (message: string): boolean => !/^(Invalid|Too |Unrecognized)/.test(message);

const wrongType = (issue: Issue & { code: 'invalid_type' }): string => {
  const received = /received (\w+)/.exec(issue.message)?.[1];
  const expected = WORDS[issue.expected] ?? issue.expected;
  if (received === 'undefined') return `is required: ${expected}`;
  return received === undefined || (received === 'number' && issue.expected === 'int')
    ? `must be ${expected}`
    : `must be ${expected}, not ${WORDS[received] ?? received}`;
};

const tooBig = (issue: Issue & { code: 'too_big' }): string => {
  const noun = NOUN[issue.origin];
  if (noun !== undefined) return `must have at most ${String(issue.maximum)} ${noun}`;
  return `must be ${issue.inclusive === false ? 'less than' : 'at most'} ${String(issue.maximum)}`;
};

const tooSmall = (issue: Issue & { code: 'too_small' }): string => {
  const noun = NOUN[issue.origin];
  if (noun !== undefined)
    return Number(issue.minimum) === 1 ? 'must not be empty' : `must have at least ${String(issue.minimum)} ${noun}`;
  return `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${String(issue.minimum)}`;
};

const oneOf = (values: readonly unknown[]): string =>
  `must be ${values.length === 1 ? '' : 'one of '}${values.map((value) => JSON.stringify(value)).join(', ')}`;

/** Of the branches of a union, the one that came furthest is the one that was meant. */
const deepest = (branches: readonly (readonly Issue[])[]): Issue | undefined => {
  let best: Issue | undefined;
  for (const issue of branches.flat()) if (best === undefined || issue.path.length > best.path.length) best = issue;
  return best;
};

const inOurWords = (issue: Issue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue);
    case 'too_big':
      return tooBig(issue);
    case 'too_small':
      return tooSmall(issue);
    case 'invalid_value':
      return oneOf(issue.values);
    case 'invalid_format':
      return `must be a valid ${issue.format}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return 'is not a known field; check its spelling';
    case 'invalid_key':
    case 'invalid_union':
    case 'invalid_element':
    case 'custom':
      return 'is not valid';
  }
};

const expectation = (issue: Issue): string => (isOwnMessage(issue.message) ? issue.message : inOurWords(issue));

const describe = (issue: Issue, above: Path): Described => {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return { field: formatPath([...path, issue.keys[0] ?? '']), message: expectation(issue) };
  }
  const inner =
    issue.code === 'invalid_union' && isOwnMessage(issue.message) === false ? deepest(issue.errors) : undefined;
  return inner === undefined ? { field: formatPath(path), message: expectation(issue) } : describe(inner, path);
};

/** `where` stands in for the field when the whole is wrong: `body`. */
export const describeIssue = (error: z.core.$ZodError, where: string): Described => {
  const issue = error.issues[0];
  const described = issue === undefined ? { field: '', message: 'is not valid' } : describe(issue, []);
  return described.field === '' ? { ...described, field: where } : described;
};
