// Takes secrets out of text before anyone can read it: the config's own, in every spelling they travel in, and
// whatever is shaped like a credential.
import type { JsonObject } from '../program.ts';
import { MASK, listSecretPaths, valueAt } from './secret-paths.ts';

export type Redact = (text: string) => string;

const SHORTEST = 6;
const SHORTEST_BASE64 = 8;
// As a value these are words of everyday log lines; masking them would make the log unreadable.
const COMMON = new Set(['password', 'secret', 'bearer', 'default', 'postgres', 'oauth2', 'public', 'private']);

const base64Forms = (secret: string): string[] => {
  const bytes = Buffer.from(secret);
  // In a longer text the secret may start at any of three offsets; only the characters it alone decides are kept.
  const inner = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const end = Math.floor(((offset + bytes.length) * 8) / 6);
    return text.slice(Math.ceil((offset * 8) / 6), end);
  });
  return inner
    .flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')])
    .filter((text) => text.length >= SHORTEST_BASE64);
};

const urlForm = (secret: string): string[] => {
  try {
    const encoded = encodeURIComponent(secret);
    return [encoded, encoded.replaceAll('%20', '+')];
  } catch {
    return [];
  }
};

const formsOf = (secret: string): string[] => {
  const lines = secret.includes('\n') ? secret.split(/\r?\n/).map((line) => line.trim()) : [];
  const asJson = JSON.stringify(secret).slice(1, -1);
  return [secret, ...lines, asJson, ...urlForm(secret), ...base64Forms(secret)];
};

const secretsOf = (config: JsonObject): string[] => {
  const passwords = (value: string): string[] => {
    const inUrl = /:\/\/[^\s:/@]{0,256}:([^\s@/]+)@/.exec(value)?.[1];
    return inUrl === undefined ? [value] : [value, inUrl];
  };
  return listSecretPaths(config).flatMap((path) => passwords(String(valueAt(config, path))));
};

const PATTERNS: [RegExp, string][] = [
  [/-----BEGIN [A-Z ]{0,40}KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}KEY-----|$)/g, MASK],
  [/(authorization["']?\s{0,8}[:=]\s{0,8}["']?)(?:(?:bearer|basic|token|digest|apikey)\s+)?[^\s"',;]+/gi, `$1${MASK}`],
  [/\b(bearer\s+)[\w.~+/=-]{8,}/gi, `$1${MASK}`],
  [
    /((?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)["']?\s{0,8}[:=]\s{0,8})("[^"]*"|'[^']*'|[^\s"'&,;}]+)/gi,
    `$1${MASK}`,
  ],
  [/(:\/\/[^\s:/@]{0,256}:)[^\s@/]{1,1024}@/g, `$1${MASK}@`],
];

const escapeForPattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);

/** The function that redacts; safe to keep for the whole run, it holds no state. */
export const makeRedactor = (config: JsonObject): Redact => {
  const forms = new Set(
    secretsOf(config)
      .flatMap(formsOf)
      .filter((form) => form.length >= SHORTEST && !COMMON.has(form.toLowerCase())),
  );
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  const known = longestFirst.length === 0 ? undefined : new RegExp(longestFirst.map(escapeForPattern).join('|'), 'g');
  return (text) => {
    let result = known === undefined ? text : text.replace(known, MASK);
    for (const [pattern, replacement] of PATTERNS) result = result.replace(pattern, replacement);
    return result;
  };
};
