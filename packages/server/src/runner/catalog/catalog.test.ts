import { describe, expect, test } from 'vitest';
import type { Catalog } from './catalog.ts';
import { metadataAt } from './catalog.ts';
import { diffCatalogs } from './diff-catalogs.ts';
import { selectCatalog } from './select-catalog.ts';
import type { FieldMap } from './select-catalog.ts';

const catalog: Catalog = {
  streams: [
    {
      tap_stream_id: 'public-products',
      stream: 'products',
      schema: {
        type: 'object',
        properties: {
          id: { type: 'integer' },
          name: { type: ['null', 'string'] },
          blob: { type: 'string' },
          updated: { type: 'string', format: 'date-time' },
          nested: { type: 'object', properties: { a: { type: 'string' } } },
          hidden: { type: 'string' },
        },
      },
      key_properties: ['id'],
      metadata: [
        { breadcrumb: ['properties', 'id'], metadata: { inclusion: 'automatic' } },
        { breadcrumb: ['properties', 'blob'], metadata: { inclusion: 'unsupported', selected: true } },
        { breadcrumb: ['properties', 'hidden'], metadata: { selected: 'false' } },
      ],
    },
    { tap_stream_id: 'orders', schema: { properties: { id: { type: 'integer' } } } },
  ],
};

const choose = (selection?: FieldMap) => {
  const result = selectCatalog(catalog, selection);
  const fields = (at: number) => {
    const stream = result.catalog.streams[at];
    const names = Object.keys((stream?.schema?.['properties'] ?? {}) as object);
    return names.filter((name) => stream && metadataAt(stream, ['properties', name])['selected'] === true);
  };
  return { ...result, fields };
};

describe('selectCatalog', () => {
  test.each<[string, FieldMap | undefined, string[], string[]]>([
    ['nothing chosen', undefined, ['public-products', 'orders'], ['id', 'name', 'updated', 'nested']],
    ['an empty map', {}, ['public-products', 'orders'], ['id', 'name', 'updated', 'nested']],
    ['a list', { products: ['name'] }, ['public-products'], ['id', 'name']],
    ['the id of the stream', { 'public-products': ['name'] }, ['public-products'], ['id', 'name']],
    ['an object', { products: { name: 'products', selected: ['updated'] } }, ['public-products'], ['id', 'updated']],
    [
      'a wildcard',
      { x: { name: 'products', selected: ['*'] } },
      ['public-products'],
      ['id', 'name', 'updated', 'nested', 'hidden'],
    ],
    ['an unsupported field', { products: ['blob'] }, ['public-products'], ['id']],
    ['an empty list keeps the keys', { products: [] }, ['public-products'], ['id']],
  ])('%s', (_name, selection, streams, fields) => {
    const result = choose(selection);
    expect(result.selected).toEqual(streams);
    expect(result.fields(0)).toEqual(fields);
  });

  test('writes a boolean everywhere, nested fields included, and leaves the discovered catalog alone', () => {
    const before = structuredClone(catalog);
    const { catalog: result } = choose({ products: ['nested'] });
    const [products, orders] = result.streams;
    expect(products && metadataAt(products, ['properties', 'nested', 'properties', 'a'])['selected']).toBe(true);
    expect(orders && metadataAt(orders, [])['selected']).toBe(false);
    for (const stream of result.streams) {
      for (const { metadata } of stream.metadata ?? []) expect(typeof metadata['selected']).toBe('boolean');
    }
    expect(catalog).toEqual(before);
  });

  test('says what does not fit', () => {
    expect(choose({ nope: ['x'] }).warnings).toEqual(['the tap has no stream nope', 'no stream is selected']);
    expect(choose({ products: ['nope'] }).warnings).toEqual(['stream public-products has no field nope']);
  });

  test.each([
    [{ 'replication-method': 'INCREMENTAL' }, ['stream s: INCREMENTAL needs a replication-key'], 'INCREMENTAL'],
    [
      { 'replication-method': 'INCREMENTAL', 'replication-key': 'u', 'valid-replication-keys': ['t'] },
      [expect.stringContaining('u is not among')],
      'INCREMENTAL',
    ],
    [{ 'replication-method': 'INCREMENTAL', 'forced-replication-method': 'FULL_TABLE' }, [], 'FULL_TABLE'],
    [{ 'replication-method': 'FULL_TABLE', 'forced-replication-method': '' }, [], 'FULL_TABLE'],
  ])('replication %j', (metadata, warnings, method) => {
    const result = selectCatalog({ streams: [{ tap_stream_id: 's', metadata: [{ breadcrumb: [], metadata }] }] });
    expect(result.warnings).toEqual(warnings);
    expect(result.catalog.streams[0]?.metadata?.[0]?.metadata['replication-method']).toBe(method);
  });

  test('legacy taps find it in the schema', () => {
    const { catalog: result } = selectCatalog(catalog, { products: ['name'] }, { legacy: true });
    expect(result.streams[0]?.schema).toMatchObject({
      selected: true,
      properties: { name: { selected: true }, updated: { selected: false } },
    });
    expect(result.streams[1]?.schema).toMatchObject({ selected: false });
  });
});

test('diffCatalogs', () => {
  const after = structuredClone(catalog);
  const properties = after.streams[0]?.schema?.['properties'] as Record<string, unknown>;
  delete properties['hidden'];
  properties['price'] = { type: 'number' };
  properties['id'] = { type: ['string', 'null'] };
  properties['name'] = { type: ['string', 'null'], description: 'same type' };
  after.streams[1] = { tap_stream_id: 'customers' };
  expect(diffCatalogs(catalog, after)).toEqual({
    streams: ['public-products', 'customers'],
    added: ['customers'],
    removed: ['orders'],
    changed: [
      {
        stream: 'public-products',
        added: ['price'],
        removed: ['hidden'],
        retyped: [{ field: 'id', before: 'integer', after: 'null|string' }],
      },
    ],
  });
  expect(diffCatalogs(null, catalog).added).toEqual(['public-products', 'orders']);
  expect(diffCatalogs(catalog, catalog).changed).toEqual([]);
});
