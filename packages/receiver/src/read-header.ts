// Headers come as a Headers object, as node:http's record, or as a plain object of any spelling.

export type HeadersLike =
  { get(name: string): string | null } | { readonly [name: string]: string | readonly string[] | undefined };

const isHeaders = (headers: HeadersLike): headers is { get(name: string): string | null } =>
  typeof headers.get === 'function';

/** The value of a header (`name` in lower case), repeated ones joined as HTTP does; undefined when absent. */
export const readHeader = (headers: HeadersLike, name: string): string | undefined => {
  if (isHeaders(headers)) return headers.get(name) ?? undefined;
  for (const [key, value] of Object.entries(headers)) {
    if (value !== undefined && key.toLowerCase() === name) return typeof value === 'string' ? value : value.join(', ');
  }
  return undefined;
};
