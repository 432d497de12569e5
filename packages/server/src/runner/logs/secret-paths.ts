// Which values of a connector's config are secrets: judged by the words of their keys, so that "tap.path" stays
// readable in logs while "db_password" and all below "credentials" never show.
import { isObject } from '../program.ts';
import type { JsonObject } from '../program.ts';

export const MASK = '***';

const SECRET_WORDS = new Set(
  'password passwd passphrase passcode pwd pass secret secrets token tokens credential credentials authorization auth bearer cookie jwt apikey dsn pem'.split(
    ' ',
  ),
);
const KEY_OWNERS = new Set(
  'api access private secret signing encryption account master client shared sas service ssh rsa'.split(' '),
);
const HARMLESS_ENDS = new Set('url uri endpoint host type method expires expiry expiration ttl path file'.split(' '));

const wordsOf = (key: string): string[] =>
  key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

export const looksSecret = (key: string): boolean => {
  const words = wordsOf(key);
  if (HARMLESS_ENDS.has(words.at(-1) ?? '')) return false;
  if (words.length === 1 && words[0] === 'key') return true;
  return words.some((word, at) => SECRET_WORDS.has(word) || (word === 'key' && KEY_OWNERS.has(words[at - 1] ?? '')));
};

const hasUserInfo = (value: unknown): boolean =>
  typeof value === 'string' && /:\/\/[^\s:/@]{0,256}:[^\s@/]+@/.test(value);

const isLeaf = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number';

const walk = (value: unknown, path: string[], secret: boolean, found: string[][]): void => {
  if (isLeaf(value)) {
    if ((secret || hasUserInfo(value)) && value !== '') found.push(path);
    return;
  }
  if (Array.isArray(value)) value.forEach((item, at) => walk(item, [...path, String(at)], secret, found));
  else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) walk(item, [...path, key], secret || looksSecret(key), found);
  }
};

/** The path of each secret string or number, from the root down. */
export const listSecretPaths = (config: JsonObject): string[][] => {
  const found: string[][] = [];
  walk(config, [], false, found);
  return found;
};

export const valueAt = (config: unknown, path: readonly string[]): unknown => {
  let value = config;
  for (const step of path) value = (value as JsonObject | undefined)?.[step];
  return value;
};

/** A copy to show to people: each secret is the mask. */
export const maskConfig = (config: JsonObject): JsonObject => {
  const copy = structuredClone(config);
  for (const path of listSecretPaths(config)) {
    const parent = valueAt(copy, path.slice(0, -1)) as JsonObject;
    parent[path.at(-1) ?? ''] = MASK;
  }
  return copy;
};
