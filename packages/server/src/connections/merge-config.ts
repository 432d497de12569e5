// A PATCH of a config: keys that are sent replace, the others stay, and a masked value that comes back keeps the secret.
import type { JsonObject } from './connection.ts';

/** What stands for a secret in an answer. */
export const MASK = '***';

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const restore = (sent: unknown, kept: unknown): unknown => {
  if (sent === MASK) return typeof kept === 'string' || typeof kept === 'number' ? kept : sent;
  if (Array.isArray(sent)) return sent.map((item, at) => restore(item, Array.isArray(kept) ? kept[at] : undefined));
  if (!isObject(sent)) return sent;
  const before = isObject(kept) ? kept : {};
  return Object.fromEntries(
    Object.entries(sent).map(([key, value]) => [
      key,
      restore(value, Object.hasOwn(before, key) ? before[key] : undefined),
    ]),
  );
};

export const mergeConfig = (kept: JsonObject, sent: JsonObject): JsonObject => ({
  ...kept,
  ...(restore(sent, kept) as JsonObject),
});
