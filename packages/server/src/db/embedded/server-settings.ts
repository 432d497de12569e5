// How the embedded PostgreSQL is set up: durable first, then quick for a queue (short transactions, many dead rows).

const SETTINGS: Readonly<Record<string, string>> = {
  // Durability. What the API accepted is on the disk.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',

  // Memory and connections.
  max_connections: '200',
  shared_buffers: '256MB',
  huge_pages: 'try',
  // No report may take the processors, or the container's small /dev/shm, from the deliveries.
  max_parallel_workers_per_gather: '0',
  jit: 'off',

  // Few, spread checkpoints.
  wal_compression: 'on',
  max_wal_size: '4GB',
  min_wal_size: '256MB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',

  // Queue tables turn over their rows within seconds.
  autovacuum_naptime: '5s',
  autovacuum_vacuum_scale_factor: '0.05',
  autovacuum_analyze_scale_factor: '0.05',
  autovacuum_vacuum_insert_scale_factor: '0.1',
  autovacuum_vacuum_cost_limit: '2000',

  // The server's own messages only: no statements, no values, since they may hold secrets.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
  log_timezone: 'UTC',
  timezone: 'UTC',
  update_process_title: 'off',
  unix_socket_permissions: '0700',
};

/** The text of postgresql.conf. */
export const serverSettings = (changes: Readonly<Record<string, string>>): string => {
  const lines = Object.entries({ ...SETTINGS, ...changes }).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`,
  );
  return ['# Written by Bowline at each start. Changes go by ALTER SYSTEM.', ...lines, ''].join('\n');
};

/** The text of pg_hba.conf: nobody without the password, nobody from elsewhere. */
export const ACCESS_RULES = [
  '# Written by Bowline at each start.',
  'local all all scram-sha-256',
  'host all all 127.0.0.1/32 scram-sha-256',
  '',
].join('\n');
