import fastify from 'fastify';
import { expect, test } from 'vitest';
import { makeMetrics } from '../observability/make-metrics.ts';
import { registerSystemRoutes } from './system-routes.ts';

test('without its database it is healthy, yet not ready', async () => {
  const app = fastify();
  registerSystemRoutes(app, {
    metrics: makeMetrics({ process: false }),
    checkDatabase: () => Promise.reject(new Error('gone')),
    routes: [],
    version: '1',
    publicUrl: null,
  });
  expect((await app.inject('/health')).statusCode).toBe(200);
  const ready = await app.inject('/ready');
  expect(ready.statusCode).toBe(503);
  expect(ready.json()).toEqual({ status: 'unavailable', database: false });
  await app.close();
});
