import { expect, test } from 'vitest';
import { runDiscover } from './run-discover.ts';
import { fixture, makeSurroundings } from './test-surroundings.ts';

const discover = async (name: string, config = {}, maxCatalogBytes?: number) => {
  await using job = await makeSurroundings();
  return await runDiscover({
    ...job,
    program: fixture(name),
    config,
    ...(maxCatalogBytes !== undefined && { maxCatalogBytes }),
  });
};

test('a catalog', async () => {
  expect(await discover('tap-good')).toEqual({
    ok: true,
    catalog: { streams: [{ tap_stream_id: 'people', schema: {} }] },
  });
});

test.each([
  ['no JSON', 'tap-raw', { text: 'hello' }, 'bad_output', 'not a catalog: hello'],
  ['JSON that is no catalog', 'tap-raw', { text: '{"streams":[{}]}' }, 'bad_output', 'not a catalog: {"streams"'],
  ['nothing', 'tap-raw', { text: '' }, 'bad_output', 'not a catalog: nothing at all'],
  [
    'a secret in it',
    'tap-raw',
    { text: 'with geheim-42', token: 'geheim-42' },
    'bad_output',
    'not a catalog: with ***',
  ],
  ['a failure', 'tap-fatal', { password: 'geheim-42' }, 'failed', 'CRITICAL login failed for me with ***'],
  ['too much', 'tap-floods-stdout', {}, 'bad_output', 'printed more than 1000000 bytes'],
])('%s', async (_name, program, config, reason, message) => {
  const outcome = await discover(program, config, 1_000_000);
  expect(outcome).toMatchObject({ ok: false, reason, message: expect.stringContaining(message) });
});
