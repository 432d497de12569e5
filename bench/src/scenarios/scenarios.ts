// All scenarios, in the order in which they run.
import type { Scenario } from '../report/scenario.ts';
import { limit } from './limit.ts';
import { throughput } from './throughput.ts';

export const SCENARIOS: readonly Scenario[] = [limit, throughput];
