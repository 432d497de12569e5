// `bowline demo`: the same as the first run of `up`, on a data folder that is thrown away and on free ports.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { CliError, messageOf } from '../cli-error.ts';
import { hasDemo } from '../demo/find-demo.ts';
import { runDemo } from '../demo/run-demo.ts';
import { openSession } from '../demo/session.ts';
import { showWhere } from '../demo/where.ts';
import { stayUp } from '../server-process/stay-up.ts';
import { makeScreen, type Screen } from '../terminal/screen.ts';
import { listenForStop } from '../terminal/stop-signal.ts';

type DemoOptions = { once?: boolean; json?: boolean; data?: string };

export const demoCommand = (env: NodeJS.ProcessEnv): Command =>
  new Command('demo')
    .summary('play the demo on a data folder that is thrown away')
    .description(
      'Starts a server and a receiver on free ports, and syncs a public data set while each webhook is received and verified. Exits with 0 only if every event arrived, verified and in order.',
    )
    .option('--once', 'end when the demo is over, instead of staying until Ctrl-C')
    .option('--json', 'print the result as one line of JSON at the end; all else goes to stderr')
    .option('--data <folder>', 'use and keep this data folder')
    .action((options: DemoOptions) => demo(options, env));

const demo = async (options: DemoOptions, env: NodeJS.ProcessEnv): Promise<void> => {
  const startedAt = performance.now();
  const screen = makeScreen(options.json === true ? process.stderr : process.stdout, env);
  using stop = listenForStop();
  await using stack = new AsyncDisposableStack();
  try {
    const dataFolder = options.data === undefined ? await temporaryFolder(stack) : resolve(options.data);
    const result = await play({ options, dataFolder, env, screen, signal: stop.signal, startedAt }, stack);
    // Also when something still runs: the exit code says how the demo went.
    process.exitCode = result.ok ? 0 : 1;
    if (options.once !== true) await stayUp(result.serverEnded, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) {
      process.exitCode = 1;
      return;
    }
    if (options.json === true) process.stdout.write(`${JSON.stringify({ ok: false, error: messageOf(error) })}\n`);
    throw error;
  } finally {
    screen.status(null);
  }
};

type Play = {
  options: DemoOptions;
  dataFolder: string;
  env: NodeJS.ProcessEnv;
  screen: Screen;
  signal: AbortSignal;
  startedAt: number;
};

const play = async (
  given: Play,
  stack: AsyncDisposableStack,
): Promise<{ ok: boolean; serverEnded: Promise<string> }> => {
  const { options, dataFolder, screen, signal } = given;
  const session = await openSession(
    { dataFolder, port: 0, receiverPort: 0, env: ownEnvironment(given.env), screen, signal, knownWebhooks: [] },
    stack,
  );
  const { admin, server } = session;
  if (admin === null || (await hasDemo(admin))) {
    throw new CliError(`${dataFolder} holds a demo already; choose another folder, or leave --data out`);
  }
  const result = await runDemo({ ...given, session, admin });
  if (options.once !== true)
    showWhere({ ready: server.ready, receiverUrl: session.receiver.urlOf(''), hasDemo: true }, screen);
  if (options.json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
  return { ok: result.ok, serverEnded: server.ended };
};

/** Passable for others, as its contents are private by themselves: for root, PostgreSQL runs as another user. */
const temporaryFolder = async (stack: AsyncDisposableStack): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'bowline-demo-'));
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  await chmod(folder, 0o711);
  return folder;
};

/** Nothing of the user's own set-up, above all not their database. */
const ownEnvironment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => name === 'BOWLINE_LOG_LEVEL' || (name !== 'DATABASE_URL' && !name.startsWith('BOWLINE_')),
    ),
  );
