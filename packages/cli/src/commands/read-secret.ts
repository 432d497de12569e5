// A secret comes from a file or from stdin, never from the command line, where others could read it.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { CliError, codeOf } from '../cli-error.ts';

export type SecretOptions = { secretFile?: string; secretStdin?: boolean };

export const readFileOrThrow = async (path: string, option: string): Promise<Buffer> => {
  try {
    return await readFile(path);
  } catch (error) {
    throw new CliError(`${option}: ${path} can't be read (${codeOf(error) ?? 'unknown'})`);
  }
};

export const readSecret = async ({ secretFile, secretStdin }: SecretOptions): Promise<string> => {
  if ((secretFile === undefined) === (secretStdin !== true)) {
    throw new CliError('Give the secret in one way: --secret-file FILE or --secret-stdin');
  }
  const given =
    secretFile === undefined
      ? await text(process.stdin)
      : (await readFileOrThrow(secretFile, '--secret-file')).toString('utf8');
  // Editors and `echo` end files with a line break, which is no part of the secret.
  const secret = given.replace(/\r?\n$/, '');
  if (secret === '')
    throw new CliError(`${secretFile === undefined ? '--secret-stdin' : secretFile}: the secret is empty`);
  return secret;
};
