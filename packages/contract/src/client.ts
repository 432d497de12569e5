// The typed client: calls a route of the contract and parses the answer with the same schema that the server promised.
import { ApiError, readApiError } from './api-error.ts';
import type { Route, RouteAnswer, RouteCall } from './route.ts';

export type ClientOptions = {
  baseUrl: string;
  apiKey?: string | undefined;
  /** The global one by default. */
  fetch?: typeof fetch;
};

type Given<C> = { [K in keyof C as undefined extends C[K] ? never : K]: C[K] } & {
  [K in keyof C as undefined extends C[K] ? K : never]?: C[K];
};
export type CallInput<R extends Route> = Given<RouteCall<R>>;
export type CallOptions = { signal?: AbortSignal; idempotencyKey?: string };

export type Client = {
  /** Throws ApiError for any answer but 200, and when there is none. */
  call<R extends Route>(route: R, input: CallInput<R>, options?: CallOptions): Promise<RouteAnswer<R>>;
};

type LooseInput = { params?: Record<string, unknown>; query?: Record<string, unknown>; body?: unknown };

const fillPath = (path: string, params: Record<string, unknown>): string =>
  path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = params[name];
    if (typeof value !== 'string' || value === '') throw new TypeError(`params.${name}: must be a non-empty string`);
    return encodeURIComponent(value);
  });

const fillQuery = (query: Record<string, unknown>): string => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const makeClient = (options: ClientOptions): Client => {
  const base = options.baseUrl.replace(/\/+$/, '');
  const send = options.fetch ?? fetch;

  const request = async (route: Route, input: LooseInput, more: CallOptions): Promise<Response> => {
    const headers = new Headers({ accept: 'application/json' });
    if (options.apiKey !== undefined) headers.set('x-api-key', options.apiKey);
    if (more.idempotencyKey !== undefined) headers.set('idempotency-key', more.idempotencyKey);
    if (input.body !== undefined) headers.set('content-type', 'application/json');
    const url = `${base}${fillPath(route.path, input.params ?? {})}${fillQuery(input.query ?? {})}`;
    try {
      return await send(url, {
        method: route.method,
        headers,
        redirect: 'error',
        ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
        ...(more.signal === undefined ? {} : { signal: more.signal }),
      });
    } catch (cause) {
      if (more.signal?.aborted === true) throw cause;
      throw new ApiError(0, 'no_answer', `No answer from ${base}; is the server running there?`, { cause });
    }
  };

  return {
    call: async (route, input, more = {}) => {
      const response = await request(route, input as LooseInput, more);
      const body = parseJson(await response.text());
      const where = `${route.method} ${route.path}`;
      if (!response.ok) {
        throw (
          readApiError(response.status, body) ??
          new ApiError(response.status, 'bad_answer', `${where}: status ${response.status}`)
        );
      }
      const answer = route.response.safeParse(body);
      if (!answer.success) {
        const first = answer.error.issues[0];
        const detail = first === undefined ? '' : `: ${first.path.join('.')} ${first.message}`;
        throw new ApiError(
          response.status,
          'bad_answer',
          `${where}: not the answer that the contract promises${detail}`,
        );
      }
      return answer.data as never;
    },
  };
};
