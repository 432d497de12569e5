// The brand of a transaction, its all-or-nothing, and the repeats that PostgreSQL asks for.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeEmptyDatabase } from '../../../../test/support/database.ts';
import type { TestDatabase } from '../../../../test/support/database.ts';
import { transaction } from './transaction.ts';
import type { Queryable, Sql, Tx } from './types.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await makeEmptyDatabase();
  await database.sql`create table account (name text primary key, amount int not null)`;
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  await database.sql`delete from account`;
  await database.sql`insert into account values ('a', 1), ('b', 1)`;
});

const amounts = async () =>
  Object.fromEntries(
    (await database.sql<{ name: string; amount: number }[]>`select * from account`).map((row) => [
      row.name,
      row.amount,
    ]),
  );
const add = (sql: Queryable, name: string, by = 1) =>
  sql`update account set amount = amount + ${by} where name = ${name}`;

/** Never called: the compiler is the test. */
export const typesRefuse = async (sql: Sql, tx: Tx): Promise<void> => {
  const write = async (_tx: Tx) => {};
  const read = async (either: Queryable) =>
    either<{ n: number }[]>`select 1 as n where ${either('a')} = any (${['x']})`;
  const union = async (either: Sql | Tx) => either<{ n: number }[]>`select 1 as n`;
  await write(tx);
  await transaction(sql, write);
  await Promise.all([read(sql), read(tx), union(sql), union(tx)]);
  // @ts-expect-error a pool is no transaction
  await write(sql);
  // @ts-expect-error a transaction is not begun inside of another
  await transaction(tx, write);
  // @ts-expect-error text is not run as SQL
  await tx.unsafe('select 1');
  // @ts-expect-error nor by the pool
  await sql.unsafe('select 1');
  // @ts-expect-error only transaction() begins one
  await sql.begin(write);
};

test('commits what it wrote and returns what it made, arrays as they are', async () => {
  const made = await transaction(database.sql, async (tx) => {
    await add(tx, 'a');
    return [Promise.resolve(1), 2].length;
  });
  expect(made).toBe(2);
  expect(await amounts()).toEqual({ a: 2, b: 1 });
});

test('an error undoes everything and is thrown as it is', async () => {
  const error = new Error('no');
  const work = async (tx: Tx) => {
    await add(tx, 'a');
    throw error;
  };
  await expect(transaction(database.sql, work)).rejects.toBe(error);
  expect(await amounts()).toEqual({ a: 1, b: 1 });
});

test('a failed statement fails the transaction, also when its error was swallowed', async () => {
  const work = async (tx: Tx) => {
    await add(tx, 'a');
    await tx`insert into account values ('a', 9)`.catch(() => {});
  };
  await expect(transaction(database.sql, work)).rejects.toMatchObject({ code: '23505' });
  expect(await amounts()).toEqual({ a: 1, b: 1 });
});

test('a savepoint undoes only its own part', async () => {
  await transaction(database.sql, async (tx) => {
    await add(tx, 'a');
    const part = tx.savepoint(async (inner) => inner`insert into account values ('b', 9)`);
    await expect(part).rejects.toMatchObject({ code: '23505' });
    await add(tx, 'b');
  });
  expect(await amounts()).toEqual({ a: 2, b: 2 });
});

test('the loser of a deadlock is run again', async () => {
  const bothHoldOne = Promise.withResolvers<void>();
  let holding = 0;
  let runs = 0;
  const cross = (first: string, second: string) =>
    transaction(database.sql, async (tx) => {
      runs++;
      await tx`set local deadlock_timeout = '10ms'`;
      await add(tx, first);
      if (++holding >= 2) bothHoldOne.resolve();
      await bothHoldOne.promise;
      await add(tx, second);
    });
  await Promise.all([cross('a', 'b'), cross('b', 'a')]);
  expect(runs).toBe(3);
  expect(await amounts()).toEqual({ a: 3, b: 3 });
});

test('a serialization failure is run again', async () => {
  let runs = 0;
  await transaction(
    database.sql,
    async (tx) => {
      await tx`select * from account`;
      if (++runs === 1) await add(database.sql, 'a');
      await add(tx, 'a');
    },
    { isolation: 'repeatable read' },
  );
  expect(runs).toBe(2);
  expect(await amounts()).toEqual({ a: 3, b: 1 });
});

test('repeats end after a few, with the last error', async () => {
  let runs = 0;
  const work = async (tx: Tx) => {
    runs++;
    await tx`do $$ begin raise serialization_failure; end $$`;
  };
  await expect(transaction(database.sql, work)).rejects.toMatchObject({ code: '40001' });
  expect(runs).toBe(6);
});

test('an aborted signal ends the repeats', async () => {
  const signal = AbortSignal.abort(new Error('closing'));
  await expect(transaction(database.sql, async () => {}, { signal })).rejects.toThrow('closing');
});
