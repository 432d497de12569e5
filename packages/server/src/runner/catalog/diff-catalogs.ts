// What a new discover found against the last one: the content of the discover webhook.
import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../program.ts';
import type { JsonObject } from '../program.ts';
import { streamId } from './catalog.ts';
import type { Catalog, CatalogStream } from './catalog.ts';

export type StreamChange = {
  stream: string;
  added: string[];
  removed: string[];
  retyped: { field: string; before: string; after: string }[];
};

export type CatalogDiff = {
  /** All streams of the new catalog. */
  streams: string[];
  added: string[];
  removed: string[];
  /** Streams that stayed, with other fields. */
  changed: StreamChange[];
};

const fieldsOf = (stream: CatalogStream): JsonObject =>
  isObject(stream.schema?.['properties']) ? stream.schema['properties'] : {};

const byName = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const typeOf = (property: unknown): unknown => {
  if (!isObject(property)) return property;
  const { type, format, anyOf, oneOf } = property;
  const types = Array.isArray(type) ? type.map(String).sort(byName) : type;
  return { types, format, anyOf, oneOf };
};

const typeInWords = (property: unknown): string => {
  if (!isObject(property)) return 'any';
  const { type, format } = property;
  const types = Array.isArray(type) ? type.map(String).sort(byName).join('|') : typeof type === 'string' ? type : 'any';
  return typeof format === 'string' ? `${types} (${format})` : types;
};

const changeOf = (before: CatalogStream, after: CatalogStream): StreamChange => {
  const old = fieldsOf(before);
  const now = fieldsOf(after);
  const kept = Object.keys(now).filter((field) => Object.hasOwn(old, field));
  return {
    stream: streamId(after),
    added: Object.keys(now).filter((field) => !Object.hasOwn(old, field)),
    removed: Object.keys(old).filter((field) => !Object.hasOwn(now, field)),
    retyped: kept
      .filter((field) => !isDeepStrictEqual(typeOf(old[field]), typeOf(now[field])))
      .map((field) => ({ field, before: typeInWords(old[field]), after: typeInWords(now[field]) })),
  };
};

const hasChanged = ({ added, removed, retyped }: StreamChange): boolean =>
  added.length + removed.length + retyped.length > 0;

/** Without a catalog before, every stream counts as added. */
export const diffCatalogs = (before: Catalog | null | undefined, after: Catalog): CatalogDiff => {
  const old = new Map((before?.streams ?? []).map((stream) => [streamId(stream), stream]));
  const now = new Map(after.streams.map((stream) => [streamId(stream), stream]));
  const changed = [...now].flatMap(([id, stream]) => {
    const previous = old.get(id);
    return previous === undefined ? [] : [changeOf(previous, stream)];
  });
  return {
    streams: [...now.keys()],
    added: [...now.keys()].filter((id) => !old.has(id)),
    removed: [...old.keys()].filter((id) => !now.has(id)),
    changed: changed.filter(hasChanged),
  };
};
