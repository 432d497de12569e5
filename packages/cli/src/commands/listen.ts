// `bowline listen`: a receiver for development that prints each webhook it verified.
import { Command } from 'commander';
import { makeBook } from '../receiver/book.ts';
import { startReceiver } from '../receiver/start-receiver.ts';
import { formatEntry, formatUnverified, timelineTitle } from '../receiver/timeline.ts';
import { makeScreen } from '../terminal/screen.ts';
import { listenForStop, untilAborted } from '../terminal/stop-signal.ts';
import { portOption } from './options.ts';
import { readSecret, type SecretOptions } from './read-secret.ts';

type ListenOptions = SecretOptions & { port: number; json?: boolean };

export const listenCommand = (env: NodeJS.ProcessEnv): Command =>
  new Command('listen')
    .summary('receive webhooks here and print those that verify')
    .description('Listens on 127.0.0.1, checks every signature of what comes, and prints it. Stays until Ctrl-C.')
    .addOption(portOption('--port', 'port to listen on', 7801))
    .option('--secret-file <file>', 'file with the secret of the webhook')
    .option('--secret-stdin', 'read the secret from stdin')
    .option('--json', 'print the body of each verified webhook as one line of JSON')
    .action((options: ListenOptions) => listen(options, env));

const listen = async (options: ListenOptions, env: NodeJS.ProcessEnv): Promise<void> => {
  const screen = makeScreen(options.json === true ? process.stderr : process.stdout, env);
  const { colors } = screen;
  const secret = await readSecret(options);
  using stop = listenForStop();
  const book = makeBook();
  await using receiver = await startReceiver({
    port: options.port,
    flag: '--port',
    onReceipt: (receipt) => {
      const entry = book.note(receipt);
      if (entry === null) screen.line(formatUnverified(receipt, colors));
      else if (options.json === true) process.stdout.write(`${JSON.stringify(entry.event)}\n`);
      else screen.line(formatEntry(entry, receipt, colors, screen.width()));
    },
  });
  receiver.expect('/', secret);
  screen.line(`Listening on ${colors.cyan(receiver.urlOf('/'))}, any path. Ctrl-C ends.`);
  if (options.json !== true) screen.line(timelineTitle(colors, screen.width()));
  await untilAborted(stop.signal);
};
