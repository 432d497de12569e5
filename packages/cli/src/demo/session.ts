// What `up` and `demo` share: a receiver that prints what it verified, and a server that may post to it.
import { readFile } from 'node:fs/promises';
import { makeClient, type Client } from '@bowline/contract/client';
import { makeBook, type Book } from '../receiver/book.ts';
import { startReceiver, type Receiver } from '../receiver/start-receiver.ts';
import { formatEntry, formatUnverified } from '../receiver/timeline.ts';
import { showLog } from '../server-process/show-log.ts';
import { startServer, type ServerProcess } from '../server-process/start-server.ts';
import type { Screen } from '../terminal/screen.ts';
import { pathOf } from './names.ts';
import type { DemoWebhook } from './steps/create-webhooks.ts';

export type SessionOptions = {
  dataFolder: string;
  port: number;
  receiverPort: number;
  env: NodeJS.ProcessEnv;
  screen: Screen;
  signal: AbortSignal;
  /** Of an earlier start: what they still owe arrives as soon as the server runs. */
  knownWebhooks: readonly DemoWebhook[];
};

export type Session = {
  receiver: Receiver;
  book: Book;
  server: ServerProcess;
  /** Null when the admin key is kept elsewhere. */
  admin: Client | null;
};

/** The stack stops the server first, so that what is in the air still finds the receiver. */
export const openSession = async (options: SessionOptions, stack: AsyncDisposableStack): Promise<Session> => {
  const { dataFolder, port, env, screen, signal } = options;
  const book = makeBook();
  const receiver = stack.use(
    await startReceiver({
      port: options.receiverPort,
      flag: '--receiver-port',
      onReceipt: (receipt) => {
        const entry = book.note(receipt);
        const { colors } = screen;
        screen.line(
          entry === null ? formatUnverified(receipt, colors) : formatEntry(entry, receipt, colors, screen.width()),
        );
      },
    }),
  );
  for (const { subscription, secret } of options.knownWebhooks) receiver.expect(pathOf(subscription), secret);
  const isRaw = env['BOWLINE_LOG_LEVEL'] !== undefined;
  screen.status('… starting PostgreSQL and the server');
  const server = stack.use(
    await startServer({
      dataFolder,
      port,
      env: { BOWLINE_LOG_LEVEL: 'warn', ...env },
      egressAllow: [`127.0.0.1:${receiver.port}`],
      onLog: showLog(screen, isRaw),
      signal,
    }).finally(() => screen.status(null)),
  );
  return { receiver, book, server, admin: await adminClient(server, env) };
};

const adminClient = async ({ ready }: ServerProcess, env: NodeJS.ProcessEnv): Promise<Client | null> => {
  const kept = await readFile(ready.adminKeyFile, 'utf8').catch(() => '');
  const apiKey = env['BOWLINE_ADMIN_KEY'] ?? kept.trim();
  return apiKey === '' ? null : makeClient({ baseUrl: ready.url, apiKey });
};
