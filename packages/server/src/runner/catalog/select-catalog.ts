// Merges what a tap discovered with what the user chose. The two families of taps read silence in opposite ways (all,
// or nothing), so every stream and property gets an explicit boolean.
import { isObject } from '../program.ts';
import type { JsonObject } from '../program.ts';
import { streamId } from './catalog.ts';
import type { Catalog, CatalogStream, MetadataEntry } from './catalog.ts';

/** `{"products": ["id"]}` or `{"products": {"name": "products", "selected": ["*"]}}`. */
export type FieldMap = Record<string, readonly string[] | { name?: string; selected?: readonly string[] }>;

export type SelectedCatalog = {
  catalog: Catalog;
  /** Streams that will be synced; an empty list means that a tap would exit 0 without a word. */
  selected: string[];
  warnings: string[];
};

export type SelectOptions = {
  /** Also writes `selected` into the schemas, where taps with `--properties` look. */
  legacy?: boolean;
};

type Choice = { all: boolean; fields: Set<string> };
type Entries = Map<string, MetadataEntry>;

/** Some catalogs carry "false" as a string, which a tap would take for true. */
const asBoolean = (value: unknown): boolean | undefined => {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  return undefined;
};

const choicesOf = (selection: FieldMap): Map<string, Choice> => {
  const choices = new Map<string, Choice>();
  for (const [key, value] of Object.entries(selection)) {
    const listed = 'selected' in value ? value.selected : Array.isArray(value) ? value : undefined;
    const fields = new Set<string>(listed ?? ['*']);
    const choice = { all: fields.has('*'), fields };
    choices.set(key, choice);
    if (!Array.isArray(value) && 'name' in value && value.name !== undefined) choices.set(value.name, choice);
  }
  return choices;
};

const keyOf = (breadcrumb: readonly string[]): string => JSON.stringify(breadcrumb);

const entryAt = (entries: Entries, breadcrumb: string[]): JsonObject => {
  let entry = entries.get(keyOf(breadcrumb));
  if (entry === undefined) {
    entry = { breadcrumb, metadata: {} };
    entries.set(keyOf(breadcrumb), entry);
  }
  return entry.metadata;
};

const propertiesOf = (schema: unknown): [string, unknown][] =>
  isObject(schema) && isObject(schema['properties']) ? Object.entries(schema['properties']) : [];

const isOn = (metadata: JsonObject, chosen: boolean | undefined, required: boolean): boolean => {
  if (metadata['inclusion'] === 'unsupported') return false;
  if (metadata['inclusion'] === 'automatic' || required) return true;
  return chosen ?? asBoolean(metadata['selected']) ?? asBoolean(metadata['selected-by-default']) ?? true;
};

type Walk = { entries: Entries; required: ReadonlySet<string>; choice: Choice | undefined; legacy: boolean };

const markProperties = (walk: Walk, schema: unknown, at: string[], parent: boolean | undefined): void => {
  for (const [name, property] of propertiesOf(schema)) {
    const breadcrumb = [...at, 'properties', name];
    const metadata = entryAt(walk.entries, breadcrumb);
    const top = at.length === 0;
    const chosen = top && walk.choice !== undefined ? walk.choice.all || walk.choice.fields.has(name) : undefined;
    const on = parent !== false && isOn(metadata, chosen, top && walk.required.has(name));
    metadata['selected'] = on;
    if (walk.legacy && isObject(property)) property['selected'] = on;
    markProperties(walk, property, breadcrumb, on);
  }
};

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Makes the replication of a stream unambiguous; returns what is wrong with it. */
const settleReplication = (id: string, root: JsonObject): string[] => {
  const forced = text(root['forced-replication-method']);
  if (forced !== undefined) root['replication-method'] = forced;
  if (root['replication-method'] !== 'INCREMENTAL') return [];
  const key = text(root['replication-key']);
  if (key === undefined) return [`stream ${id}: INCREMENTAL needs a replication-key`];
  const valid = root['valid-replication-keys'];
  const known = !Array.isArray(valid) || valid.includes(key);
  return known ? [] : [`stream ${id}: ${key} is not among the valid replication keys ${valid.join(', ')}`];
};

const unknownFields = (stream: CatalogStream, choice: Choice | undefined): string[] => {
  const known = new Set(['*', ...propertiesOf(stream.schema).map(([name]) => name)]);
  return [...(choice?.fields ?? [])]
    .filter((field) => !known.has(field))
    .map((field) => `stream ${streamId(stream)} has no field ${field}`);
};

const selectStream = (stream: CatalogStream, choice: Choice | undefined, everything: boolean, legacy: boolean) => {
  const entries: Entries = new Map((stream.metadata ?? []).map((entry) => [keyOf(entry.breadcrumb), entry]));
  const root = entryAt(entries, []);
  const on = (everything || choice !== undefined) && isOn(root, choice && true, false);
  root['selected'] = on;
  const warnings = on ? settleReplication(streamId(stream), root) : [];
  const required = new Set([...(stream.key_properties ?? []), text(root['replication-key']) ?? '']);
  markProperties({ entries, required, choice, legacy }, stream.schema, [], undefined);
  stream.metadata = [...entries.values()];
  if (legacy && isObject(stream.schema)) stream.schema['selected'] = on;
  return { on, warnings: [...warnings, ...unknownFields(stream, choice)] };
};

/** Without a selection, everything that the tap does not switch off itself is on. */
export const selectCatalog = (catalog: Catalog, selection?: FieldMap, options: SelectOptions = {}): SelectedCatalog => {
  const copy = structuredClone(catalog);
  const choices = choicesOf(selection ?? {});
  const everything = choices.size === 0;
  const selected: string[] = [];
  const warnings: string[] = [];
  const used = new Set<Choice>();
  for (const stream of copy.streams) {
    const choice = choices.get(streamId(stream)) ?? choices.get(stream.stream ?? '');
    if (choice !== undefined) used.add(choice);
    const result = selectStream(stream, choice, everything, options.legacy === true);
    warnings.push(...result.warnings);
    if (result.on) selected.push(streamId(stream));
  }
  for (const [name, choice] of choices) if (!used.has(choice)) warnings.push(`the tap has no stream ${name}`);
  if (selected.length === 0) warnings.push('no stream is selected');
  return { catalog: copy, selected, warnings };
};
