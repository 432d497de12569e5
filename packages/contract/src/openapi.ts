// The OpenAPI 3.1 document, made from the same routes that check requests, so that it can't tell another story.
import { z } from 'zod';
import { apiErrorBody, hotglueErrorBody } from './api-error.ts';
import type { Route } from './route.ts';

export type OpenapiInfo = { version: string; serverUrl?: string | undefined };
type Json = Record<string, unknown>;

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return rest;
};

const parametersOf = (schema: z.ZodObject | undefined, where: 'path' | 'query'): Json[] =>
  Object.entries(schema?.shape ?? {}).map(([name, field]) => {
    const type = field as z.ZodType;
    return {
      name,
      in: where,
      required: where === 'path' || !type.safeParse(undefined).success,
      schema: schemaOf(type, 'input'),
    };
  });

const pathNames = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '');

/** A route may leave its path parameters to be plain text. */
const pathParameters = (route: Route): Json[] => {
  const described = parametersOf(route.params, 'path');
  const known = new Set(described.map((one) => one['name']));
  const plain = pathNames(route.path).filter((name) => !known.has(name));
  return [...described, ...plain.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))];
};

const content = (schema: Json): Json => ({ 'application/json': { schema } });

const operationOf = (route: Route): Json => {
  const error = route.path.startsWith('/api/') ? 'Error' : 'HotglueError';
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.tag],
    security: route.auth === 'none' ? [] : [{ key: [] }],
    parameters: [...pathParameters(route), ...parametersOf(route.query, 'query')],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: !route.body.safeParse(undefined).success,
            content: content(schemaOf(route.body, 'input')),
          },
        }),
    responses: {
      '200': { description: 'Done', content: content(schemaOf(route.response, 'output')) },
      default: { description: 'Refused or failed', content: content({ $ref: `#/components/schemas/${error}` }) },
    },
  };
};

export const makeOpenapi = (routes: readonly Route[], info: OpenapiInfo): Json => {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Bowline API', version: info.version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    ...(info.serverUrl === undefined ? {} : { servers: [{ url: info.serverUrl }] }),
    paths,
    components: {
      securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'x-api-key' } },
      schemas: { Error: schemaOf(apiErrorBody, 'output'), HotglueError: schemaOf(hotglueErrorBody, 'output') },
    },
  };
};
