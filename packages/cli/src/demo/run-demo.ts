// Plays the demo on a session and shows how it went.
import { join } from 'node:path';
import type { Client } from '@bowline/contract/client';
import { CliError } from '../cli-error.ts';
import { timelineTitle } from '../receiver/timeline.ts';
import { explainNoAnswer } from '../server-process/stay-up.ts';
import type { Screen } from '../terminal/screen.ts';
import { playDemo } from './play.ts';
import { resultOf, type DemoResult } from './result.ts';
import { writeSaved } from './saved.ts';
import type { Session } from './session.ts';
import { summaryLines } from './summary.ts';

const LIMIT_MS = 300_000;

export type DemoRun = {
  session: Session;
  admin: Client;
  screen: Screen;
  signal: AbortSignal;
  /** When the command was started, by performance.now(). */
  startedAt: number;
};

export const runDemo = async ({ session, admin, screen, signal, startedAt }: DemoRun): Promise<DemoResult> => {
  const { server, receiver, book } = session;
  const { dataFolder, url } = server.ready;
  const tooLong = AbortSignal.timeout(LIMIT_MS);
  let made = { envKey: '', webhooks: [] } as Parameters<Parameters<typeof playDemo>[0]['keep']>[0];
  for (const line of introduction(screen)) screen.line(line);
  screen.line(timelineTitle(screen.colors, screen.width()));
  const played = await playDemo({
    url,
    admin,
    folder: join(dataFolder, 'demo'),
    receiver,
    book,
    screen,
    signal: AbortSignal.any([signal, tooLong]),
    keep: async (kept) => {
      made = kept;
      await writeSaved(dataFolder, { ...kept, finished: false });
    },
  }).catch(async (error: unknown) => {
    if (tooLong.aborted) throw new CliError(`The demo did not come to its end within ${LIMIT_MS / 60_000} minutes`);
    throw await explainNoAnswer(error, server.ended);
  });
  await writeSaved(dataFolder, { ...made, finished: true });
  const result = resultOf(played, performance.now() - startedAt);
  for (const line of summaryLines(played, result, screen.colors)) screen.line(line);
  return result;
};

const introduction = ({ colors: { bold, dim } }: Screen): string[] => [
  bold('Bowline syncs a public data set; each move of it arrives here as a signed webhook.'),
  dim('A local receiver checks three signatures over the raw bytes of each: std (Standard Webhooks),'),
  dim('sha256 (X-Hub-Signature-256) and sha1 (X-Hub-Signature, as hotglue sends it).'),
  '',
];
