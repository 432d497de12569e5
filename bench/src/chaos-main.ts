// `npm run chaos`: moves at a steady rate while processes are killed -9, and the proof that nothing was lost.
import { Command, InvalidArgumentError } from 'commander';
import { runChaos } from './chaos/run-chaos.ts';
import { makeSay } from './report/progress.ts';

const atLeast = (least: number) => (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new InvalidArgumentError(`must be a whole number, ${least} or more`);
  return value;
};

type Options = { kills: number; seconds?: number; seed?: number; rate: number; json: boolean };

const options = new Command('chaos')
  .description('Kills nodes, database and receiver -9 at random while jobs move, and judges what the receiver saw.')
  .option('-k, --kills <number>', 'how often', atLeast(1), 20)
  .option('-s, --seconds <number>', 'over how long; 3 seconds a kill, 10 at least, if not said', atLeast(1))
  .option('--seed <number>', 'repeats the kills of another run', atLeast(0))
  .option('--rate <number>', 'moves a second', atLeast(1), 100)
  .option('--json', 'print nothing but the result', false)
  .addHelpText(
    'after',
    '\nThe last line is the result as JSON. Exit code 0 only with nothing lost, nothing out of order and a balanced ledger.',
  )
  .parse()
  .opts<Options>();

const { kills, rate } = options;
const seconds = options.seconds ?? Math.max(10, kills * 3);
const seed = options.seed ?? Math.floor(Math.random() * 1e9);
const say = options.json ? () => {} : makeSay('chaos');
say(`${kills} kills in ${seconds} s at ${rate} moves/s, seed ${seed}`);
const result = await runChaos({ kills, seconds, seed, rate, say });
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exitCode = result.lost === 0 && result.outOfOrder === 0 && result.ledgerBalanced ? 0 : 1;
