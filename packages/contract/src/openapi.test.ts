import { expect, test } from 'vitest';
import * as environments from './management/environments.ts';
import * as keys from './management/keys.ts';
import * as actions from './management/webhook-actions.ts';
import * as webhooks from './management/webhooks.ts';
import { makeOpenapi } from './openapi.ts';
import type { Route } from './route.ts';

const isRoute = (value: unknown): value is Route =>
  typeof value === 'object' && value !== null && 'operationId' in value === false && 'method' in value;
const routes = [environments, keys, webhooks, actions].flatMap((room) => Object.values(room).filter(isRoute));

type Operation = {
  operationId: string;
  parameters: { name: string; in: string; required: boolean }[];
  requestBody?: { required: boolean };
};
const document = makeOpenapi(routes, { version: '1.2.3', serverUrl: 'https://x.example' }) as {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
};

test('every route is there once, under its id', () => {
  const ids = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map((operation) => operation.operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(routes.map((route) => route.id).toSorted());
});

test('path parameters are required, optional bodies are optional', () => {
  const rotate = document.paths['/api/v1/environments/{env_id}/webhooks/{webhook_id}/rotate-secret']?.['post'];
  expect(rotate?.parameters.map(({ name, required }) => [name, required])).toEqual([
    ['env_id', true],
    ['webhook_id', true],
  ]);
  expect(rotate?.requestBody?.required).toBe(false);
  expect(document.paths['/api/v1/environments']?.['post']?.requestBody?.required).toBe(true);
});

test('the document is plain JSON', () => {
  expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  expect(document.openapi).toBe('3.1.0');
});
