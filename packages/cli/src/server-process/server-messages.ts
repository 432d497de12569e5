// What the server tells its parent over the IPC channel.

export type Ready = {
  type: 'ready';
  url: string;
  adminKeyFile: string;
  dataFolder: string;
  firstRun: boolean;
  database: string;
};

export type ServerMessage = Ready | { type: 'failed'; message: string };

export const readServerMessage = (message: unknown): ServerMessage | null => {
  if (typeof message !== 'object' || message === null || !('type' in message)) return null;
  return message.type === 'ready' || message.type === 'failed' ? (message as ServerMessage) : null;
};
