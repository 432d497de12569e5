// The child's side of lab/fork-child: says that it is ready, runs the handlers that it is asked for, ends with its parent.

type Call = { id: number; call: string; args: never };
export type Handlers = Readonly<Record<string, (args: never) => unknown>>;

export const answerParent = (ready: object, handlers: Handlers): void => {
  const answer = async ({ id, call, args }: Call): Promise<void> => {
    try {
      const handler = handlers[call];
      if (handler === undefined) throw new Error(`there is no handler "${call}"`);
      process.send?.({ type: 'reply', id, answer: await handler(args) });
    } catch (error) {
      process.send?.({
        type: 'reply',
        id,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  };
  process.on('message', (message: Call) => void answer(message));
  process.on('disconnect', () => process.exit(0));
  process.on('SIGTERM', () => process.exit(0));
  process.send?.({ type: 'ready', ...ready });
};
