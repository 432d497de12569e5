// A route is a plain object: Fastify binds a handler to it, the client calls it, the OpenAPI document is made from it.
import type { z } from 'zod';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type Route = {
  /** Unique, also the operationId: `createWebhook`. */
  id: string;
  method: Method;
  /** With `:name` for path parameters: `/api/v1/environments/:env_id/webhooks`. */
  path: string;
  summary: string;
  tag: string;
  /** `admin`: an admin key. `environment`: an admin key or the secret key of `params.env_id`. `none`: public. */
  auth: 'none' | 'admin' | 'environment';
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Every success answers 200 with this body: existing clients refuse any other status and parse every answer. */
  response: z.ZodType;
};

export const defineRoute = <const R extends Route>(route: R): R => route;

type Output<T> = T extends z.ZodType ? z.output<T> : undefined;
type Input<T> = T extends z.ZodType ? z.input<T> : undefined;

/** What a handler receives: parsed and defaulted. */
export type RouteInput<R extends Route> = {
  params: Output<R['params']>;
  query: Output<R['query']>;
  body: Output<R['body']>;
};
/** What a caller sends. */
export type RouteCall<R extends Route> = {
  params: Input<R['params']>;
  query: Input<R['query']>;
  body: Input<R['body']>;
};
export type RouteAnswer<R extends Route> = z.output<R['response']>;
