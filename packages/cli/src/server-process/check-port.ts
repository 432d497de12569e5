// Is a port free? Asked before the server starts, so that the answer can name the flag.
import { createServer } from 'node:net';
import { CliError, codeOf, messageOf } from '../cli-error.ts';

export const portProblem = (error: unknown, port: number, flag: string, what: string): CliError => {
  const where = `Port ${port} (${what})`;
  const code = codeOf(error);
  if (code === 'EADDRINUSE') {
    return new CliError(
      `${where} is taken; is Bowline running already? Stop what uses it, or choose another with ${flag}`,
    );
  }
  if (code === 'EACCES')
    return new CliError(`${where} may not be used by this user; choose one above 1023 with ${flag}`);
  return new CliError(`${where} can't be used: ${messageOf(error)}; choose another with ${flag}`);
};

export const checkPortFree = async (host: string, port: number, flag: string, what: string): Promise<void> => {
  if (port === 0) return;
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    throw portProblem(error, port, flag, what);
  } finally {
    server.close();
  }
};
