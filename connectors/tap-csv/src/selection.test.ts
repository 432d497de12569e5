import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from './tap-tester.ts';
import { makeTapTester } from './tap-tester.ts';

const { setUp, tearDown, put, tap } = makeTapTester();
beforeEach(setUp);
afterEach(tearDown);

describe('catalog', () => {
  const select = async (csv: string, change: (catalog: { streams: Json[] }) => void, flag = '--catalog') => {
    const found = await tap(csv, { keys: ['id'] }, '--discover');
    const catalog = JSON.parse(found.stdout) as { streams: Json[] };
    change(catalog);
    return tap(csv, { keys: ['id'] }, flag, await put('catalog.json', catalog));
  };
  const mark = (stream: Json | undefined, breadcrumb: string[], metadata: Json) => {
    const list = stream?.['metadata'] as { breadcrumb: string[]; metadata: Json }[];
    const entry = list.find((item) => JSON.stringify(item.breadcrumb) === JSON.stringify(breadcrumb));
    Object.assign(entry?.metadata ?? {}, metadata);
  };

  test('discover tells keys, types and what is automatic', async () => {
    const found = await tap('id,at\n1,2026-01-02\n', { keys: ['id'], replication_key: 'at' }, '--discover');
    const [stream] = (JSON.parse(found.stdout) as { streams: Json[] }).streams;
    expect(stream).toMatchObject({
      tap_stream_id: 't',
      key_properties: ['id'],
      replication_key: 'at',
      replication_method: 'INCREMENTAL',
      metadata: [
        { breadcrumb: [], metadata: { 'table-key-properties': ['id'], 'valid-replication-keys': ['id', 'at'] } },
        { breadcrumb: ['properties', 'id'], metadata: { inclusion: 'automatic' } },
        { breadcrumb: ['properties', 'at'], metadata: { inclusion: 'automatic' } },
      ],
    });
  });

  test('an untouched catalog means everything', async () => {
    expect((await select('id,a\n1,2\n', () => undefined)).records()).toEqual([{ id: 1, a: 2 }]);
  });

  test('a stream that is off says nothing but its state', async () => {
    const result = await select('id\n1\n', ({ streams }) => mark(streams[0], [], { selected: false }));
    expect(result.types()).toEqual(['STATE']);
  });

  test('a column that is off is left out of SCHEMA and RECORD; a key cannot be', async () => {
    const result = await select('id,a,b\n1,2,3\n', ({ streams }) => {
      mark(streams[0], ['properties', 'a'], { selected: false });
      mark(streams[0], ['properties', 'id'], { selected: false });
    });
    expect(result.records()).toEqual([{ id: 1, b: 3 }]);
    expect(result.schemas()[0]).toMatchObject({ schema: { properties: { id: {}, b: {} } } });
  });

  test('--properties with selected in the schema', async () => {
    const result = await select(
      'id,a\n1,2\n',
      ({ streams }) => {
        const schema = streams[0]?.['schema'] as { properties: Record<string, Json> };
        Object.assign(schema.properties['a'] ?? {}, { selected: false });
      },
      '--properties',
    );
    expect(result.records()).toEqual([{ id: 1 }]);
  });

  test('a type that the user changed to text', async () => {
    const result = await select('id,a\n1,2\n', ({ streams }) => {
      const schema = streams[0]?.['schema'] as { properties: Record<string, Json> };
      schema.properties['a'] = { type: ['null', 'string'] };
    });
    expect(result.records()).toEqual([{ id: 1, a: '2' }]);
  });
});
