// `bowline up`: the server, a receiver, and on the first run the demo; then it stays until Ctrl-C.
import { resolve } from 'node:path';
import { makeClient, type Client } from '@bowline/contract/client';
import { deleteEnvironment } from '@bowline/contract/management/environments';
import { Command, Option } from 'commander';
import { CliError } from '../cli-error.ts';
import { hasDemo } from '../demo/find-demo.ts';
import { ENV_ID } from '../demo/names.ts';
import { reconnectWebhooks } from '../demo/reconnect.ts';
import { runDemo } from '../demo/run-demo.ts';
import { readSaved, writeSaved, type Saved } from '../demo/saved.ts';
import { openSession, type Session } from '../demo/session.ts';
import { showWhere } from '../demo/where.ts';
import { checkPortFree } from '../server-process/check-port.ts';
import { stayUp } from '../server-process/stay-up.ts';
import { timelineTitle } from '../receiver/timeline.ts';
import { makeScreen, type Screen } from '../terminal/screen.ts';
import { listenForStop } from '../terminal/stop-signal.ts';
import { portOption } from './options.ts';

type UpOptions = { port: number; receiverPort: number; data: string; demo?: boolean };

export const upCommand = (env: NodeJS.ProcessEnv): Command =>
  new Command('up')
    .summary('start Bowline; the first time, a demo shows what it does')
    .description(
      'Starts the server and a local receiver that prints each webhook it verified. On the first run it plays the demo. Stays until Ctrl-C.',
    )
    .addOption(portOption('--port', 'port of the API', 7800).env('BOWLINE_PORT'))
    .addOption(portOption('--receiver-port', "port of the demo's receiver", 7801))
    .addOption(new Option('--data <folder>', 'data folder').env('BOWLINE_DATA').default('./.bowline'))
    .addOption(new Option('--demo', 'play the demo again; its environment is deleted first'))
    .addOption(new Option('--no-demo', 'play no demo').default(undefined))
    .action((options: UpOptions) => up(options, env));

const up = async (options: UpOptions, env: NodeJS.ProcessEnv): Promise<void> => {
  const startedAt = performance.now();
  const screen = makeScreen(process.stdout, env);
  using stop = listenForStop();
  await checkPortFree(env['BOWLINE_HOST'] ?? '127.0.0.1', options.port, '--port', 'the API');
  const dataFolder = resolve(options.data);
  const saved = await readSaved(dataFolder);
  await using stack = new AsyncDisposableStack();
  try {
    const session = await openSession(
      { ...options, dataFolder, env, screen, signal: stop.signal, knownWebhooks: saved?.webhooks ?? [] },
      stack,
    );
    const shown = await demoOrReconnect({ options, saved, session, screen, signal: stop.signal, startedAt });
    const { ready, ended } = session.server;
    showWhere({ ready, receiverUrl: session.receiver.urlOf(''), hasDemo: shown }, screen);
    screen.line();
    screen.line(timelineTitle(screen.colors, screen.width()));
    await stayUp(ended, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    screen.status(null);
  }
  screen.line('Stopping …');
  await stack.disposeAsync();
  screen.line('Stopped.');
};

type Start = {
  options: UpOptions;
  saved: Saved | null;
  session: Session;
  screen: Screen;
  signal: AbortSignal;
  startedAt: number;
};

/** True when the demo's environment is there to be shown. */
const demoOrReconnect = async (start: Start): Promise<boolean> => {
  const { options, saved, session, screen } = start;
  const { admin, server } = session;
  const ownClient = saved === null ? null : makeClient({ baseUrl: server.ready.url, apiKey: saved.envKey });
  const client = admin ?? ownClient;
  if (client === null) {
    screen.line('There is no admin key in the data folder or in BOWLINE_ADMIN_KEY, so the demo is left out.');
    return false;
  }
  const exists = await hasDemo(client);
  if (exists && options.demo !== true) {
    await reconnect(start, client);
    return true;
  }
  if (options.demo === false) return false;
  if (admin === null) throw new CliError('--demo needs the admin key: put it into BOWLINE_ADMIN_KEY');
  if (exists) await admin.call(deleteEnvironment, { params: { env_id: ENV_ID }, query: { force: 'true' } });
  await runDemo({ ...start, admin });
  return true;
};

const reconnect = async ({ session, saved, screen }: Start, client: Client): Promise<void> => {
  const { dataFolder } = session.server.ready;
  const webhooks = await reconnectWebhooks(client, session.receiver, saved?.webhooks ?? []);
  await writeSaved(dataFolder, { envKey: saved?.envKey ?? '', finished: true, ...saved, webhooks });
  const again = `to see the demo again: add --demo`;
  if (saved?.finished === false) screen.line(`The demo was interrupted last time; ${again}.`);
  else screen.line(`Set up already in ${dataFolder}; what was pending is delivered now (${again}).`);
};
