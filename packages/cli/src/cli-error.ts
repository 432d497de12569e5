// What a user can mend: told in one line, without a stack trace.

export class CliError extends Error {
  override readonly name = 'CliError';
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
