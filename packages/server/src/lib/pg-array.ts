// Array parameters for unnest(), written as PostgreSQL's own array text: cheaper than the driver's element-by-element
// encoding, which counts where a batch has hundreds of rows. Use with `${pgArray(...)}::text::bigint[]`.

/** Numbers, booleans and nulls; also UUIDs and other text that needs no quoting. */
export const pgArray = (values: readonly (number | boolean | string | null)[]): string =>
  `{${values.map((value) => value ?? 'null').join(',')}}`;

const quote = (value: string | null): string =>
  value === null ? 'null' : `"${value.replaceAll('\0', '').replaceAll(/["\\]/g, String.raw`\$&`)}"`;

/** Any text. NUL characters, which PostgreSQL cannot store, are left out. */
export const pgTextArray = (values: readonly (string | null)[]): string => `{${values.map(quote).join(',')}}`;
