// What every step of the demo is given.
import type { Client } from '@bowline/contract/client';
import type { Book } from '../../receiver/book.ts';
import type { Receiver } from '../../receiver/start-receiver.ts';
import type { Screen } from '../../terminal/screen.ts';

export type StepContext = {
  /** With the key of the demo's environment. */
  client: Client;
  receiver: Receiver;
  book: Book;
  screen: Screen;
  signal: AbortSignal;
};
