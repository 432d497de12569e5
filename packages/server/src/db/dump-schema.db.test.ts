// The committed schema.sql is what the migrations make, and the dump sees what a schema may hold.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeEmptyDatabase, makeTestDatabase } from '../../../../test/support/database.ts';
import { driverOf } from './driver.ts';
import { dumpSchema } from './dump-schema.ts';

test('schema.sql is up to date (else: node packages/server/src/db/dump-schema-main.ts --write)', async () => {
  await using database = await makeTestDatabase({ maxConnections: 1 });
  const committed = await readFile(join(import.meta.dirname, 'schema.sql'), 'utf8');
  expect(await dumpSchema(database.sql)).toBe(committed.replaceAll('\r\n', '\n'));
});

const EVERYTHING = `
  create type mood as enum ('sad', 'ok');
  create domain percent as int check (value between 0 and 100);
  create sequence counter cache 50;
  create unlogged table volatile (n int);
  create table "Odd name" (
    id bigint generated always as identity primary key,
    mood mood not null default 'ok',
    code text collate "C" unique,
    share percent,
    twice int generated always as (length(code) * 2) stored,
    body bytea
  ) with (fillfactor = 70);
  alter table "Odd name" alter column body set storage external;
  create table child (id bigint references "Odd name" on delete cascade, at timestamptz) partition by range (at);
  create table child_1 partition of child for values from ('2020-01-01') to ('2021-01-01');
  create index partial on "Odd name" (code) where share > 50;
  create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
  create trigger touched before update on "Odd name" for each row execute function touch();
  create view moods as select mood from "Odd name";
  comment on column "Odd name".code is 'it''s odd';`;

test('every kind of thing is in the dump', async () => {
  await using database = await makeEmptyDatabase({ maxConnections: 1 });
  await driverOf(database.sql).unsafe(EVERYTHING);
  const dump = await dumpSchema(database.sql);
  expect(dump).toMatchInlineSnapshot(`
    "-- The schema after all migrations. Written by dump-schema-main --write; not edited by hand.

    create type mood as enum ('sad', 'ok');

    create domain percent as integer CHECK (((VALUE >= 0) AND (VALUE <= 100)));

    create sequence counter as bigint start 1 increment 1 cache 50;

    create table "Odd name" (
      id bigint generated always as identity not null,
      mood mood default 'ok'::mood not null,
      code text collate "C",
      share percent,
      twice integer generated always as ((length(code) * 2)) stored,
      body bytea storage external,
      constraint "Odd name_pkey" PRIMARY KEY (id),
      constraint "Odd name_code_key" UNIQUE (code)
    ) with (fillfactor=70);
    CREATE INDEX partial ON public."Odd name" USING btree (code) WHERE ((share)::integer > 50);
    CREATE TRIGGER touched BEFORE UPDATE ON public."Odd name" FOR EACH ROW EXECUTE FUNCTION touch();
    comment on column "Odd name".code is 'it''s odd';

    create table child (
      id bigint,
      at timestamp with time zone,
      constraint child_id_fkey FOREIGN KEY (id) REFERENCES "Odd name"(id) ON DELETE CASCADE
    ) partition by RANGE (at);

    create table child_1 (
      id bigint,
      at timestamp with time zone,
      constraint child_id_fkey FOREIGN KEY (id) REFERENCES "Odd name"(id) ON DELETE CASCADE
    ) partition of child FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2021-01-01 00:00:00+00');

    create unlogged table volatile (
      n integer
    );

    create view moods as
     SELECT mood
       FROM "Odd name";

    CREATE OR REPLACE FUNCTION public.touch()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$ begin return new; end $function$;
    "
  `);
  expect(await dumpSchema(database.sql)).toBe(dump);
});
