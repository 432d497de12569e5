// The right to read and the right to write, as types: everyone may hold a `Sql`, only `transaction()` hands out a `Tx`.
import type postgres from 'postgres';

declare const sqlBrand: unique symbol;
declare const txBrand: unique symbol;

/**
 * What both kinds of client can do: tagged templates, identifiers and value lists (`sql(...)`), `sql.json`, `sql.array`.
 * Text can't be run as SQL: `unsafe` and `file` are taken away, and db/driver gives them back to the rooms of db/ alone.
 */
export interface Queryable extends postgres.ISql<Record<never, never>> {
  readonly unsafe: never;
  readonly file: never;
}

/** A pool. Each statement commits by itself; two statements may run on two connections. */
export interface Sql extends Queryable {
  readonly [sqlBrand]: true;
}

/** An open transaction, made by `transaction()` only. A function that takes a `Tx` can't be called outside of one. */
export interface Tx extends Queryable {
  readonly [txBrand]: true;
  /** Runs `work` so that its failure undoes only what it wrote; the failure is still thrown. */
  savepoint<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

/** Where a PostgreSQL is: a URL, or its parts (`host` is a name, an address, or the folder of a Unix socket). */
export type Connection = { readonly url: string } | ConnectionParts;

export type ConnectionParts = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
};
