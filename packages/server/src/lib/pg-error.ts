// What PostgreSQL refused, by its SQLSTATE, so that rooms can turn the expected ones into answers.

const isError = (error: unknown, code: string): error is Error & { constraint_name?: string } =>
  error instanceof Error && 'code' in error && error.code === code;

export const isUniqueViolation = (error: unknown): boolean => isError(error, '23505');
export const isForeignKeyViolation = (error: unknown): boolean => isError(error, '23503');
