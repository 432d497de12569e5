import { expect, test } from 'vitest';
import { makeMetrics } from './make-metrics.ts';

test('what rooms add is printed, and two houses do not collide', async () => {
  const [one, two] = [makeMetrics({ process: false }), makeMetrics({ process: false })];
  one.counter('bowline_things_total', 'Things', ['kind']).inc({ kind: 'a' }, 2);
  two.counter('bowline_things_total', 'Things', ['kind']);
  one.gauge('bowline_now', 'Now', [], (gauge) => gauge.set(7));
  one.histogram('bowline_seconds', 'Seconds', [0.1, 1]).observe(0.5);
  const text = await one.registry.metrics();
  expect(text).toContain('bowline_things_total{kind="a"} 2');
  expect(text).toContain('bowline_now 7');
  expect(text).toContain('bowline_seconds_bucket{le="1"} 1');
});
