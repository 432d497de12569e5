// Runs scenarios one after the other; a scenario that breaks is void, and the others still run.
import type { Bench, Scenario, ScenarioResult } from './report/scenario.ts';
import { makeSay } from './report/progress.ts';
import { monotonicMs } from './report/monotonic.ts';
import { verdictOf } from './report/result-table.ts';

export type Finished = ScenarioResult & { seconds: number };

export const runScenarios = async (
  scenarios: readonly Scenario[],
  options: Pick<Bench, 'quick' | 'profileFolder'>,
  signal: AbortSignal,
): Promise<Finished[]> => {
  const results: Finished[] = [];
  for (const scenario of scenarios) {
    if (signal.aborted) break;
    const say = makeSay(scenario.name);
    say(scenario.about);
    const startedMs = monotonicMs();
    const result = await runOne(scenario, { ...options, say });
    const seconds = Math.round((monotonicMs() - startedMs) / 100) / 10;
    say(
      `${verdictOf(result)}: ${result.value} ${result.unit}${result.bar === null ? '' : `, bar ${result.bar}`} (${seconds} s)`,
    );
    results.push({ ...result, seconds });
  }
  return results;
};

const runOne = async (scenario: Scenario, options: Omit<Bench, 'stack'>): Promise<ScenarioResult> => {
  try {
    await using stack = new AsyncDisposableStack();
    return await scenario.run({ ...options, stack });
  } catch (error) {
    options.say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return voidResult(scenario, error instanceof Error ? error.message : String(error));
  }
};

const voidResult = ({ name }: Scenario, error: string): ScenarioResult => ({
  name,
  pass: false,
  value: 0,
  bar: null,
  unit: '',
  limit: null,
  ratioToLimit: null,
  ledgerBalanced: false,
  cpuMicrosPerDelivery: null,
  statementsPerDelivery: null,
  details: { error },
});
