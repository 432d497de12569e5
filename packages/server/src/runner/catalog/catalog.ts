// The shape of a Singer catalog, as far as we read it. What else is in there is kept as it is.
import type { JsonObject } from '../program.ts';

export type MetadataEntry = { breadcrumb: string[]; metadata: JsonObject };

export type CatalogStream = JsonObject & {
  tap_stream_id: string;
  stream?: string;
  schema?: JsonObject;
  key_properties?: string[];
  metadata?: MetadataEntry[];
};

export type Catalog = JsonObject & { streams: CatalogStream[] };

/** What the user calls a stream. */
export const streamId = (stream: CatalogStream): string => stream.tap_stream_id ?? stream.stream;

export const metadataAt = (stream: CatalogStream, breadcrumb: readonly string[]): JsonObject =>
  stream.metadata?.find(
    (entry) =>
      entry.breadcrumb.length === breadcrumb.length && entry.breadcrumb.every((step, at) => step === breadcrumb[at]),
  )?.metadata ?? {};
