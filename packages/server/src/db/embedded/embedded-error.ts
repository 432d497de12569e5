// Turns what PostgreSQL, the shell of its binaries or the file system said into what happened and what to do about it.

export class EmbeddedError extends Error {
  override readonly name = 'EmbeddedError';
}

const WAY_OUT = 'Or set DATABASE_URL to use a PostgreSQL of your own.';

const CAUSES: readonly (readonly [RegExp, string])[] = [
  [
    /ENOSPC|No space left on device|EDQUOT|Disk quota exceeded/,
    'the disk is full: free some space, or move the data folder to another disk with BOWLINE_DATA',
  ],
  [/EROFS|Read-only file system/, 'the file system is read-only: choose another data folder with BOWLINE_DATA'],
  [
    /error while loading shared libraries|Library not loaded/,
    'a library of the PostgreSQL binaries is missing: run `npm rebuild` with install scripts allowed',
  ],
  [/could not look up effective user ID/, 'the current user has no name on this system: add it to /etc/passwd'],
  [
    /could not (map|create|resize) .*shared memory|Cannot allocate memory/,
    'there is not enough memory for PostgreSQL (about 400 MB)',
  ],
  [/Address already in use|could not bind/, 'the port is taken: choose another one, or none'],
  [
    /incompatible with server|was initialized by PostgreSQL version/,
    'the data was written by another major version of PostgreSQL: dump it with that version and load it into a new data folder',
  ],
  [
    /EACCES|EPERM|Permission denied|Operation not permitted/,
    'permission denied: the data folder must belong to the user who starts Bowline; choose another one with BOWLINE_DATA, or change its owner',
  ],
];

/** `doing` completes "Cannot …"; `evidence` is what was printed or thrown. */
export const embeddedError = (doing: string, evidence: unknown): EmbeddedError => {
  if (evidence instanceof EmbeddedError) return evidence;
  const text = evidence instanceof Error ? `${evidence.message}` : String(evidence);
  const cause = CAUSES.find(([pattern]) => pattern.test(text))?.[1];
  const message = cause === undefined ? `Cannot ${doing}. ${WAY_OUT}` : `Cannot ${doing}: ${cause}. ${WAY_OUT}`;
  return new EmbeddedError(text.trim() === '' ? message : `${message}\n${text.trim()}`, { cause: evidence });
};

export const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');
