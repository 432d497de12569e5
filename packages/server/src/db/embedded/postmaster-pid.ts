// Reads what a PostgreSQL server notes about itself in its data folder, and judges whether that server still lives.
import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { codeOf } from './embedded-error.ts';

export type PostmasterNote = {
  readonly pid: number;
  readonly port: number;
  /** Empty when the server has no socket. */
  readonly socketFolder: string;
  readonly ready: boolean;
  readonly text: string;
};

export const postmasterFile = (cluster: string): string => join(cluster, 'postmaster.pid');

/** Null when there is no note, or one that is just being written. */
export const readPostmaster = async (cluster: string): Promise<PostmasterNote | null> => {
  try {
    return parsePostmaster(await readFile(postmasterFile(cluster), 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
};

export const parsePostmaster = (text: string): PostmasterNote | null => {
  const [pid, , , port, socketFolder, , , status] = text.split('\n').map((line) => line.trim());
  const number = Number(pid);
  if (!Number.isInteger(number) || number <= 0) return null;
  return { pid: number, port: Number(port ?? 0), socketFolder: socketFolder ?? '', ready: status === 'ready', text };
};

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
};

/**
 * Whether `pid` is the server of this very cluster. A process number is used again, in a container even soon, so that
 * being alive proves nothing: what it was started with does, or its working folder, which is its data folder.
 */
export const isServerOf = async (pid: number, cluster: string): Promise<boolean> => {
  if (!isAlive(pid)) return false;
  if (process.platform === 'win32') return true;
  if (process.platform !== 'linux') {
    const command = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({
      stdout: '',
    }));
    return command.stdout.includes('postgres') && command.stdout.includes(cluster);
  }
  const args = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (args.split('\0').includes(cluster)) return true;
  // In a container even root may be refused this one; it finds a data folder that was moved while in use.
  return (await readlink(`/proc/${pid}/cwd`).catch(() => null)) === cluster;
};
