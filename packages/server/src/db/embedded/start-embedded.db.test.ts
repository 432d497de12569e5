// The embedded database in every state it can be found in: none, running, killed, half-made, unreachable, foreign.
import { spawn } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { connectDatabase } from '../connect.ts';
import type { Connection, Sql } from '../types.ts';
import { findBinaries } from './binaries.ts';
import { findPlace, reachableBinaries } from './place.ts';
import { isServerOf, readPostmaster } from './postmaster-pid.ts';
import { removeEmbedded } from './remove-embedded.ts';
import { canReach, chooseRunAs } from './run-as.ts';
import { startEmbedded } from './start-embedded.ts';
import type { EmbeddedOptions } from './start-embedded.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = { uid: 65_534, gid: 65_534 };
const nobodyReachesUs =
  isRoot && (await canReach(import.meta.dirname, NOBODY)) && (await canReach(process.execPath, NOBODY));

let base: string;
let dataDir: string;
let started: number[];
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'bowline-embedded-'));
  await chmod(base, 0o711);
  dataDir = join(base, 'data');
  started = [];
});
afterEach(async () => {
  for (const pid of started) process.kill(pid, 'SIGKILL');
  await removeEmbedded(dataDir).catch(() => {});
  await rm(base, { recursive: true, force: true });
});

const start = (options: Partial<EmbeddedOptions> = {}) =>
  startEmbedded({ dataDir, settings: { fsync: 'off' }, ...options });
const clusterOf = async () => (await findPlace(dataDir))?.cluster ?? '';
const serverPid = async () => (await readPostmaster(await clusterOf()))?.pid ?? 0;
const query = async <T>(connection: Connection, work: (sql: Sql) => Promise<T>): Promise<T> => {
  await using database = await connectDatabase({ connection, maxConnections: 2, applicationName: 'embedded test' });
  return await work(database.sql);
};
const proofs = (connection: Connection) =>
  query(connection, async (sql) => (await sql<{ pid: number }[]>`select pid from proof`).map(({ pid }) => pid));

type Ran = { connection: Connection; attached: boolean; pid: number; uid: number };

/** Starts the database from a process of its own, which lives until the test ends or kills it. */
const startElsewhere = async (user: object = {}): Promise<Ran> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'fixtures', 'run-embedded.ts'), dataDir], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    const ran = JSON.parse(chunk.toString()) as Ran;
    started.push(ran.pid);
    return ran;
  }
  throw new Error(`The process ended: ${errors}`);
};
const kill = (pid: number) => {
  started = started.filter((other) => other !== pid);
  process.kill(pid, 'SIGKILL');
};

test('kill -9 of the parent: the next start attaches to the server and finds what was committed', async () => {
  const ran = await startElsewhere();
  kill(ran.pid);
  await using embedded = await start();
  expect(embedded).toMatchObject({
    attached: true,
    connection: ran.connection,
    version: expect.stringMatching(/^18\./),
  });
  expect(await proofs(embedded.connection)).toEqual([ran.pid]);
});

test('kill -9 of the server in the middle of work: the next start recovers', async () => {
  const first = await start();
  expect(first.attached).toBe(false);
  await query(first.connection, (sql) => sql`create table proof as select 1 as pid`);
  // Its session lives on for a while after the server is gone, and holds the shared memory.
  const busy = query(first.connection, (sql) => sql`select pg_sleep(0.5), count(*) from generate_series(1, 1000000)`);
  await vi.waitFor(async () =>
    expect(
      await query(
        first.connection,
        (sql) => sql`select from pg_stat_activity where query like '%pg_sleep(0.5)%' and pid <> pg_backend_pid()`,
      ),
    ).toHaveLength(1),
  );
  process.kill(await serverPid(), 'SIGKILL');
  const [second, third] = await Promise.all([start(), start()]);
  expect(new Set([second.attached, third.attached])).toEqual(new Set([true, false]));
  expect(await proofs(second.connection)).toEqual([1]);
  await expect(busy).rejects.toThrow();
  await second.stop();
});

test('a clean stop, then a start: nothing is left and nothing is lost', async () => {
  const first = await start();
  await query(first.connection, (sql) => sql`create table proof as select 2 as pid`);
  const pid = await serverPid();
  await first.stop();
  expect(await isServerOf(pid, await clusterOf())).toBe(false);
  await first.stop();
  await using second = await start();
  expect(second.attached).toBe(false);
  expect(await proofs(second.connection)).toEqual([2]);
});

test('two first starts at once end with one server', async () => {
  const both = await Promise.all([startElsewhere(), startElsewhere()]);
  expect(both[0].connection).toEqual(both[1].connection);
  expect(new Set(both.map(({ attached }) => attached))).toEqual(new Set([true, false]));
  await using embedded = await start();
  expect(new Set(await proofs(embedded.connection))).toEqual(new Set(both.map(({ pid }) => pid)));
});

test('keepRunning starts a killed server again, where the pool finds it', async () => {
  await using embedded = await start({ keepRunning: true });
  await query(embedded.connection, async (sql) => {
    const pid = await serverPid();
    process.kill(pid, 'SIGKILL');
    // The pool's session may outlive its server for an instant and still answer.
    await vi.waitFor(async () => expect([0, pid]).not.toContain(await serverPid()), { timeout: 10_000 });
    await vi.waitFor(async () => expect(await sql`select 1 as one`).toEqual([{ one: 1 }]), { timeout: 10_000 });
  });
});

test('the note of a dead server whose process number another program has by now is overlooked', async () => {
  const first = await start();
  const cluster = await clusterOf();
  const note = await readFile(join(cluster, 'postmaster.pid'), 'utf8');
  await first.stop();
  await writeFile(join(cluster, 'postmaster.pid'), note.replace(/^\d+/, String(process.pid)));
  await using second = await start();
  expect(second.attached).toBe(false);
});

test('where the path is too long for a socket it listens on the loopback only', async () => {
  dataDir = join(base, 'long'.repeat(20));
  await using embedded = await start();
  const { connection } = embedded;
  expect(connection).toMatchObject({ host: '127.0.0.1', port: expect.any(Number) });
  const settings = await query(connection, (sql) => sql`select current_setting('listen_addresses') as doors`);
  expect(settings).toEqual([{ doors: '127.0.0.1' }]);
});

test('the folders are private, and neither statements nor values reach the log', async () => {
  await using embedded = await start();
  expect((await stat(await clusterOf())).mode & 0o777).toBe(0o700);
  expect((await stat(join(dataDir, 'postgres-password'))).mode & 0o777).toBe(0o600);
  const twice = query(embedded.connection, async (sql) => {
    await sql`create table once (value text unique)`;
    for (const _ of [1, 2]) await sql`insert into once values ('sesame')`;
  });
  await expect(twice).rejects.toMatchObject({ code: '23505' });
  expect(await readFile(join(dataDir, 'postgres.log'), 'utf8')).not.toMatch(/sesame|insert/);
  const wrong = query({ ...embedded.connection, password: 'open' }, async () => {});
  await expect(wrong).rejects.toThrow(/password is wrong/);
});

test.skipIf(!isRoot)('as root it runs as the owner of the cluster, who is not root', async () => {
  await using _embedded = await start();
  const { uid } = await stat(await clusterOf());
  expect(uid).not.toBe(0);
  const status = await readFile(`/proc/${await serverPid()}/status`, 'utf8');
  expect(status).toMatch(new RegExp(`^Uid:\\s+${uid}\\s+${uid}`, 'm'));
  expect(status).toMatch(/^Groups:\s*$/m);
});

test.skipIf(!isRoot)('as root it works below a folder that only root may enter', async () => {
  await chmod(base, 0o700);
  const first = await start();
  expect(await clusterOf()).toMatch(/^\/var\/lib\/bowline\//);
  await query(first.connection, (sql) => sql`create table proof as select 3 as pid`);
  await first.stop();
  const second = await start();
  expect(await proofs(second.connection)).toEqual([3]);
  const cluster = await clusterOf();
  await removeEmbedded(dataDir);
  await expect(stat(cluster)).rejects.toThrow(/ENOENT/);
});

test.skipIf(!isRoot)('as root it opens an empty private data folder to the group of the database alone', async () => {
  await mkdir(dataDir, { mode: 0o700 });
  await using _embedded = await start();
  expect(await clusterOf()).toBe(join(dataDir, 'postgres'));
  const { mode, uid, gid } = await stat(dataDir);
  expect([mode & 0o777, uid, gid]).toEqual([0o710, 0, (await stat(await clusterOf())).gid]);
});

test.skipIf(!isRoot)('as root it copies the binaries where they may be run, once', async () => {
  await chmod(base, 0o700);
  const { root } = await findBinaries();
  const hidden = { root: join(base, 'native'), version: `0.0.0-test-${process.pid}` };
  await mkdir(hidden.root);
  for (const part of ['bin', 'share']) await cp(join(root, part), join(hidden.root, part), { recursive: true });
  await chmod(join(hidden.root, 'bin', 'postgres'), 0o700);
  const copies = await Promise.all([1, 2].map(() => reachableBinaries(hidden, NOBODY)));
  expect(copies[0]).toEqual(copies[1]);
  const copy = copies[0]?.root ?? '';
  try {
    expect(copy).toMatch(/^\/var\/lib\/bowline\/postgresql-0\.0\.0-test/);
    expect((await stat(join(copy, 'bin', 'postgres'))).mode & 0o777).toBe(0o755);
    expect(await reachableBinaries(hidden, NOBODY)).toEqual(copies[0]);
  } finally {
    await rm(copy, { recursive: true });
  }
});

test.skipIf(!nobodyReachesUs)('as a plain user it just runs, and root attaches to it', async () => {
  await mkdir(dataDir);
  await chown(dataDir, NOBODY.uid, NOBODY.gid);
  const ran = await startElsewhere(NOBODY);
  expect(ran.uid).toBe(NOBODY.uid);
  kill(ran.pid);
  await using embedded = await start();
  expect(embedded.attached).toBe(true);
  expect(await proofs(embedded.connection)).toEqual([ran.pid]);
});

test('a cluster of another major version is refused', async () => {
  await (await start()).stop();
  await writeFile(join(await clusterOf(), 'PG_VERSION'), '17\n');
  await expect(start()).rejects.toThrow(/written by PostgreSQL 17.*DATABASE_URL/s);
});

test('a start that fails shows the end of the log', async () => {
  const failing = start({ settings: { shared_buffers: 'plenty' } });
  await expect(failing).rejects.toThrow(
    /Cannot start PostgreSQL.*DATABASE_URL.*invalid value for parameter "shared_buffers"/s,
  );
});

test('a data folder that cannot be is refused', async () => {
  await writeFile(join(base, 'file'), '');
  await expect(start({ dataDir: join(base, 'file', 'data') })).rejects.toThrow(
    /Cannot set up.*file.*DATABASE_URL.*ENOTDIR/s,
  );
});

test('an abort ends the wait and the server that was begun', async () => {
  await (await start()).stop();
  await expect(start({ signal: AbortSignal.abort(new Error('closing')) })).rejects.toThrow('closing');
  expect(await isServerOf(await serverPid(), await clusterOf())).toBe(false);
});

test('the binaries are those of the installed package', async () => {
  expect((await findBinaries()).version).toMatch(/^18\./);
  expect(await chooseRunAs(null)).toEqual(isRoot ? { uid: expect.any(Number), gid: expect.any(Number) } : null);
});
