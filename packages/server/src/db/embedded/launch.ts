// Starts the server process. It is detached, so that it outlives a killed parent and a Ctrl-C in the terminal reaches
// only the parent, which then stops it in order.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { chmod, open, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { postgresProgram } from './binaries.ts';
import type { Binaries } from './binaries.ts';
import type { RunAs } from './run-as.ts';
import { keepLogSmall, logSize, logTail } from './server-log.ts';
import { ACCESS_RULES, serverSettings } from './server-settings.ts';

const SOCKET_PORT = 5432;
/** The longest path of a Unix socket, by the size of `sun_path`. */
const LONGEST_SOCKET_PATH = process.platform === 'linux' ? 107 : 103;

export type LaunchOptions = {
  readonly binaries: Binaries;
  readonly cluster: string;
  readonly runAs: RunAs;
  readonly logFile: string;
  readonly port: number | null;
  readonly settings: Readonly<Record<string, string>>;
};

export type Launched = {
  readonly pid: number;
  /** Asks it to end in order, also before it has noted its number in its folder. */
  readonly interrupt: () => void;
  readonly hasExited: () => boolean;
  /** What the server wrote since it was launched. */
  readonly output: () => Promise<string>;
};

export const launchServer = async (options: LaunchOptions): Promise<Launched> => {
  const { binaries, cluster, runAs, logFile } = options;
  await replaceFile(join(cluster, 'postgresql.conf'), serverSettings(options.settings));
  await replaceFile(join(cluster, 'pg_hba.conf'), ACCESS_RULES);
  await keepLogSmall(logFile);
  const log = await open(logFile, 'a', 0o600);
  try {
    const from = await logSize(logFile);
    const doors = Object.entries(await chooseDoors(cluster, options.port));
    const child = spawn(
      postgresProgram(binaries),
      ['-D', cluster, ...doors.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { cwd: '/', env: { LC_ALL: 'C' }, detached: true, stdio: ['ignore', log.fd, log.fd], ...runAs },
    );
    await once(child, 'spawn');
    child.unref();
    return {
      pid: child.pid ?? 0,
      interrupt: () => void child.kill('SIGINT'),
      hasExited: () => child.exitCode !== null || child.signalCode !== null,
      output: () => logTail(logFile, from),
    };
  } finally {
    await log.close();
  }
};

/** A socket in the cluster's own private folder where the path is short enough, else a port of the loopback. */
const chooseDoors = async (cluster: string, port: number | null): Promise<Record<string, string>> => {
  const socketPath = Buffer.byteLength(join(cluster, `.s.PGSQL.${port ?? SOCKET_PORT}`));
  const hasSocket = process.platform !== 'win32' && socketPath <= LONGEST_SOCKET_PATH && !cluster.includes('"');
  if (hasSocket) {
    return {
      unix_socket_directories: `"${cluster}"`,
      listen_addresses: port === null ? '' : '127.0.0.1',
      port: String(port ?? SOCKET_PORT),
    };
  }
  return { unix_socket_directories: '', listen_addresses: '127.0.0.1', port: String(port ?? (await freePort())) };
};

const freePort = async (): Promise<number> => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

/** By a new file and a rename: as root we write in a folder of another user, whose links must not be followed. */
const replaceFile = async (path: string, text: string): Promise<void> => {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, text, { flag: 'wx' });
  // Said here, because a strict umask would keep it from the user that the server runs as.
  await chmod(draft, 0o644);
  await rename(draft, path);
};
