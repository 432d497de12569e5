import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConnectionBody } from '@bowline/contract/integration/event-bodies';
import { ENV, FLOW, makeTestWorld } from './test-world.ts';
import type { TestWorld } from './test-world.ts';

let world: TestWorld;
beforeAll(async () => {
  world = await makeTestWorld();
  await world.ok('PUT', `/api/v1/environments/${ENV}/connectors/crm`, {
    label: 'CRM',
    roles: ['source', 'target'],
    program: { external: true },
  });
  const two = { name: 'Two', version: 2, connectors: ['crm'], runner: 'external' };
  await world.ok('PUT', `/api/v1/environments/${ENV}/flows/flow2`, two);
});
afterAll(() => world[Symbol.asyncDispose]());

const path = (tenant: string) => `/${ENV}/${FLOW}/${tenant}/linkedSources`;
const link = (tenant: string, config: unknown) =>
  world.ok('POST', path(tenant), { source: { tap: 'tap-csv', config } });
const subject = (tenant: string) => `connection/${FLOW}/${tenant}/linkedSource/tap-csv`;

test('link, link again, patch, unlink, link: the actions and a sequence without a gap', async () => {
  await link('acme', { folder: '/data', api_key: 'k-123456' });
  await link('acme', { folder: '/data2', api_key: 'k-123456' });
  await world.ok('PATCH', path('acme'), { tap: 'tap-csv', config: { isReconnecting: true } });
  await world.ok('PATCH', path('acme'), {
    tap: 'tap-csv',
    field_map: { orders: ['id'], items: { name: 'items', selected: ['*'] } },
  });
  await world.ok('DELETE', `${path('acme')}?tap_name=tap-csv`);
  await link('acme', { folder: '/data' });
  const events = await world.events(subject('acme'));
  expect(events.map((event) => [event.type, event.sequence])).toEqual([
    ['created', 1],
    ['overwritten', 2],
    ['overwritten', 3],
    ['removed', 4],
    ['created', 5],
  ]);
  for (const { body, text } of events) {
    expect(Object.keys(body)).toEqual(Object.keys(ConnectionBody.shape));
    expect(JSON.stringify(ConnectionBody.parse(body))).toBe(text);
    expect(text).not.toContain('k-123456');
  }
  expect(events[0]?.body).toMatchObject({
    entity_type: 'linkedSource',
    tap: 'tap-csv',
    label: 'CSV files',
    changed_by: expect.stringMatching(/^key\//),
  });
});

test('a config is kept sealed, shown masked, and whole on request; a patch keeps what it does not name', async () => {
  await link('seal', { folder: '/data', api_key: 'k-123456' });
  const [row] = await world.sql<{ config: Uint8Array }[]>`select config from connections where tenant = 'seal'`;
  expect(Buffer.from(row?.config ?? []).toString('latin1')).not.toContain('k-123456');
  const [masked] = (await world.ok('GET', path('seal'))) as unknown as { config: object; config_fetched: boolean }[];
  expect(masked).toMatchObject({
    config: { folder: '/data', api_key: '***' },
    config_fetched: false,
    fieldMap: null,
    catalog: null,
  });
  await world.ok('PATCH', path('seal'), { tap: 'tap-csv', config: { folder: '/new', api_key: '***' } });
  const [whole] = (await world.ok('GET', `${path('seal')}?config=true&login_state=true`)) as unknown as object[];
  expect(whole).toMatchObject({
    config: { folder: '/new', api_key: 'k-123456' },
    config_fetched: true,
    tenant_id: 'seal',
    tap: 'tap-csv',
  });
  await world.ok('POST', path('seal'), { source: { tap: 'tap-csv', config: { folder: '/again', api_key: '***' } } });
  const [again] = (await world.ok('GET', `${path('seal')}?config=true`)) as unknown as object[];
  expect(again).toMatchObject({ config: { folder: '/again', api_key: 'k-123456' } });
});

test('the Singer state is read, replaced and forgotten, and unlinking wipes it', async () => {
  await link('state', {});
  expect(await world.ok('GET', `${path('state')}/state`)).toEqual({ bookmarks: {} });
  expect(await world.ok('PUT', `${path('state')}/state?tap_name=tap-csv`, { state: { bookmarks: { a: 1 } } })).toEqual({
    bookmarks: { a: 1 },
  });
  expect(await world.ok('GET', `${path('state')}/state?tap_name=tap-csv`)).toEqual({ bookmarks: { a: 1 } });
  await world.ok('DELETE', `${path('state')}?tap_name=tap-csv`);
  const [row] = await world.sql`select config, bookmarks, sequence from connections where tenant = 'state'`;
  expect(row).toEqual({ config: null, bookmarks: null, sequence: 2 });
  expect(await world.ok('GET', path('state'))).toEqual([]);
  expect((await world.call('GET', `${path('state')}/state?tap_name=tap-csv`)).status).toBe(404);
});

test('linkedConnectors of version 2, and a symlink that shares the config of another flow', async () => {
  const base = `/v2/${ENV}/flow2/acme/linkedConnectors`;
  await world.ok('POST', base, {
    connector: { id: 'crm', config: { token: 't-123456' } },
    field_map: { Contact: ['Id'] },
  });
  const [item] = (await world.ok('GET', `${base}?config=true`)) as unknown as object[];
  expect(item).toMatchObject({
    id: 'crm',
    config: { token: 't-123456' },
    fieldMap: { Contact: { name: 'Contact', selected: ['Id'] } },
  });
  await world.ok('PUT', `/api/v1/environments/${ENV}/flows/flow3`, {
    name: 'Three',
    version: 2,
    connectors: ['crm'],
    runner: 'external',
  });
  const other = `/v2/${ENV}/flow3/acme/linkedConnectors`;
  await world.ok('POST', other, {
    connector: { id: 'crm', symlink: { id: 'flow2', tenant: 'acme', type: 'connector' } },
  });
  expect(await world.ok('GET', `${other}?config=true`)).toMatchObject([{ config: { token: 't-123456' } }]);
  const wrong = await world.call('POST', other, {
    connector: { id: 'crm', symlink: { id: 'flow2', tenant: 'nobody' } },
  });
  expect(wrong).toMatchObject({ status: 400, body: { Message: expect.stringContaining('symlink') } });
});

test.each([
  ['POST', `/nowhere/${FLOW}/acme/linkedSources`, { source: { tap: 'tap-csv' } }, 404, 'env_id'],
  ['POST', `/${ENV}/noflow/acme/linkedSources`, { source: { tap: 'tap-csv' } }, 404, 'flow_id'],
  ['POST', `/${ENV}/${FLOW}/a%20b/linkedSources`, { source: { tap: 'tap-csv' } }, 400, 'tenant'],
  ['POST', `/${ENV}/${FLOW}/..%2Fb/linkedSources`, { source: { tap: 'tap-csv' } }, 400, 'tenant'],
  ['POST', `/${ENV}/${FLOW}/acme/linkedSources`, { source: { tap: 'nope' } }, 404, 'source.tap'],
  ['POST', `/${ENV}/${FLOW}/acme/linkedSources`, { source: { tap: 'tap-csv', config: 'x' } }, 400, 'source.config'],
  ['POST', `/${ENV}/${FLOW}/acme/linkedSources`, {}, 400, 'source'],
  ['PATCH', `/${ENV}/${FLOW}/acme/linkedSources`, { tap: 'tap-csv' }, 400, 'config'],
  ['DELETE', `/${ENV}/${FLOW}/acme/linkedSources`, undefined, 400, 'tap_name'],
  ['DELETE', `/${ENV}/${FLOW}/nobody/linkedSources?tap_name=tap-csv`, undefined, 404, 'tap'],
  ['GET', `/${ENV}/${FLOW}/nobody/linkedSources/discover?tap_name=tap-csv`, undefined, 404, 'tap'],
] as const)('%s %s %j is refused with %i, names %s, and changes nothing', async (method, url, body, status, field) => {
  const before = await world.events();
  const answer = await world.call(method, url, body);
  expect(answer.status).toBe(status);
  expect(answer.body).toEqual({
    Code: expect.any(String),
    Message: expect.stringMatching(new RegExp(`^ChaliceViewError: ${field}`)),
  });
  expect(await world.events()).toEqual(before);
});

test('two links at once: both are recorded, one created and one overwritten', async () => {
  await Promise.all([link('race', { n: 1 }), link('race', { n: 2 }), link('race', { n: 3 })]);
  const events = await world.events(subject('race'));
  expect(events.map((event) => event.sequence)).toEqual([1, 2, 3]);
  expect(events.map((event) => event.type)).toEqual(['created', 'overwritten', 'overwritten']);
});

test('a discover runs once at a time; the second trigger answers the first', async () => {
  await link('disco', {});
  const discover = `${path('disco')}/discover?tap_name=tap-csv`;
  const [first, second] = await Promise.all([world.ok('GET', discover), world.ok('GET', discover)]);
  expect(first).toEqual(second);
  const events = await world.events(`discover/${String(first['task_id'])}`);
  expect(events.map((event) => event.type)).toEqual(['DISCOVER_STARTED']);
  expect(await world.ok('GET', `${path('disco')}/discover/poll?tap_name=tap-csv`)).toEqual({ status: 'RUNNING' });
  expect(await world.ok('GET', path('disco'))).toMatchObject([{ discover_task_status: 'DISCOVER_STARTED' }]);
});

test('catalogue, preferences and linked flows', async () => {
  expect(await world.ok('GET', `/${ENV}/preferences`)).toMatchObject({ primaryColor: expect.any(String) });
  expect(await world.ok('GET', `/${ENV}/flows/supported`)).toContainEqual(
    expect.objectContaining({ id: FLOW, version: 1 }),
  );
  expect(await world.ok('GET', `/${ENV}/flows/${FLOW}/supported`)).toHaveLength(1);
  expect(await world.ok('GET', `/${ENV}/flows/linked?user_id=acme`)).toContainEqual(
    expect.objectContaining({ id: FLOW }),
  );
  expect(await world.ok('GET', `/${ENV}/${FLOW}/supportedSources?`)).toMatchObject([
    { tap: 'tap-csv', label: 'CSV files' },
  ]);
  expect(await world.ok('GET', `/${ENV}/${FLOW}/supportedTargets`)).toMatchObject([{ target: 'target-jsonl' }]);
  expect(await world.ok('GET', `/v2/${ENV}/flow2/supportedConnectors`)).toMatchObject([
    { id: 'crm', isSource: true, isTarget: true },
  ]);
  expect(await world.ok('GET', `/v2/${ENV}/availableConnectors`)).toHaveLength(3);
  expect(await world.ok('GET', `/${ENV}/availableSources`)).toHaveLength(2);
  expect(await world.ok('GET', `/${ENV}/availableTargets`)).toHaveLength(2);
});

test('tenants: config, metadata, mapping, and deletion that unlinks', async () => {
  await link('gone', {});
  expect((await world.call('GET', `/tenant/${ENV}/gone/config`)).text).toContain('no config for the tenant');
  await world.ok('PUT', `/tenant/${ENV}/gone/metadata`, { config: { metadata: { plan: 'gold' } } });
  await world.ok('PUT', `/tenant/${ENV}/gone/mapping`, { config: { mapping: { [FLOW]: { 'a/b': { x: 'y' } } } } });
  await world.ok('PATCH', `/tenant/${ENV}/gone/config`, { own: 1 });
  expect(await world.ok('GET', `/tenant/${ENV}/gone/config`)).toEqual({
    own: 1,
    hotglue_metadata: { metadata: { plan: 'gold' } },
    hotglue_mapping: { mapping: { [FLOW]: { 'a/b': { x: 'y' } } } },
  });
  expect(await world.ok('GET', `/tenants/${ENV}`)).toContain('gone');
  await world.ok('DELETE', `/tenant/${ENV}/gone`);
  expect(await world.ok('GET', `/tenants/${ENV}`)).not.toContain('gone');
  expect((await world.events(subject('gone'))).map((event) => event.type)).toEqual(['created', 'removed']);
  expect((await world.call('DELETE', `/tenant/${ENV}/gone`)).status).toBe(404);
});

test('every route of this side is in the OpenAPI document', async () => {
  const document = JSON.stringify(await world.ok('GET', '/openapi.json'));
  for (const id of [
    'createJobV2',
    'reportJobs',
    'linkConnector',
    'pollSourceDiscover',
    'putTenantMapping',
    'patchFlow',
    'putConnector',
  ]) {
    expect(document).toContain(`"operationId":"${id}"`);
  }
});
