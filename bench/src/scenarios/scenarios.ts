// All scenarios, in the order in which they run.
import type { Scenario } from '../report/scenario.ts';
import { backlog } from './backlog.ts';
import { history } from './history.ts';
import { ingest } from './ingest.ts';
import { isolation } from './isolation.ts';
import { latency } from './latency.ts';
import { limit } from './limit.ts';
import { throughput } from './throughput.ts';

export const SCENARIOS: readonly Scenario[] = [limit, throughput, ingest, latency, isolation, backlog, history];
