// `npm run bench`: measures the engine against what the machine could do at best, in the same run.
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { resultTable, verdictOf } from './report/result-table.ts';
import { runScenarios } from './run-scenarios.ts';
import { SCENARIOS } from './scenarios/scenarios.ts';

type Options = { scenario?: string[]; quick: boolean; json: boolean; profile?: string };

const names = SCENARIOS.map((scenario) => scenario.name);
const program = new Command('bench')
  .description('Measures Bowline, each scenario on a fresh PostgreSQL and against a receiver in its own process.')
  .addOption(new Option('-s, --scenario <name...>', 'only these').choices(names))
  .option('-q, --quick', 'small sizes: every scenario ends within a minute; falling short is then no failure', false)
  .option('--json', 'print the results as JSON, as the last line', false)
  .option('--profile <folder>', 'let the nodes write CPU profiles there')
  .addHelpText(
    'after',
    '\nExit code 1 when a run is void (the ledger did not balance, or it broke) or, without --quick, falls short.',
  )
  .parse();
const options = program.opts<Options>();

const profileFolder = options.profile === undefined ? null : resolve(options.profile);
if (profileFolder !== null) await mkdir(profileFolder, { recursive: true });

const interrupted = new AbortController();
process.on('SIGINT', () => interrupted.abort());
process.on('SIGTERM', () => interrupted.abort());

const wanted = SCENARIOS.filter(({ name }) => options.scenario === undefined || options.scenario.includes(name));
const scenarios = await runScenarios(wanted, { quick: options.quick, profileFolder }, interrupted.signal);
process.stdout.write(`${resultTable(scenarios)}\n`);
if (options.json) process.stdout.write(`${JSON.stringify({ scenarios })}\n`);
const failed = scenarios.some((result) => {
  const verdict = verdictOf(result);
  return verdict === 'void' || (verdict === 'falls short' && !options.quick);
});
process.exitCode = failed || interrupted.signal.aborted ? 1 : 0;
