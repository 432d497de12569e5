-- Identifiers compare by bytes ("C"): they are never sorted for people, and byte order is the fast one.

-- Worlds, keys ------------------------------------------------------------------------------------------------------

create table environments (
  env_id text collate "C" primary key,
  name text not null,
  settings jsonb not null default '{}',
  retention_days integer not null default 30 check (retention_days between 1 and 3650),
  created_at timestamptz not null default now()
);

create table api_keys (
  key_id text collate "C" primary key,
  env_id text collate "C" references environments on delete cascade,
  role text not null check (role in ('admin', 'secret')),
  name text not null,
  hash bytea not null unique,
  hint text not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  check ((role = 'admin') = (env_id is null))
);
create index api_keys_env on api_keys (env_id, created_at);
comment on column api_keys.hash is 'SHA-256 of the key: keys carry 190 random bits, so a salt would add nothing';

-- What can be linked ------------------------------------------------------------------------------------------------

create table connectors (
  env_id text collate "C" not null references environments on delete cascade,
  connector_id text collate "C" not null,
  label text not null,
  domain text,
  type text not null default 'api' check (type in ('api', 'oauth', 'oauth1')),
  roles text[] not null check (roles <@ array['source', 'target'] and cardinality(roles) > 0),
  program jsonb not null,
  install_uri text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (env_id, connector_id)
);
comment on column connectors.program is '{"builtin": name} or {"command": absolute path, "args": [], "catalog_flag": "--catalog"}';

create table flows (
  env_id text collate "C" not null references environments on delete cascade,
  flow_id text collate "C" not null,
  name text not null,
  description text,
  version integer not null default 1 check (version in (1, 2)),
  taps text[] not null default '{}',
  targets text[] not null default '{}',
  connectors text[] not null default '{}',
  runner text not null default 'bowline' check (runner in ('bowline', 'external')),
  etl jsonb,
  limits jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (env_id, flow_id)
);
comment on column flows.etl is '{"interpreter": "node" | "python3", "source": text}; null = pass through';

create table tenants (
  env_id text collate "C" not null references environments on delete cascade,
  tenant text collate "C" not null,
  metadata jsonb,
  config jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (env_id, tenant)
);

create table connections (
  env_id text collate "C" not null references environments on delete cascade,
  flow_id text collate "C" not null,
  tenant text collate "C" not null,
  entity_type text not null check (entity_type in ('linkedSource', 'linkedTarget', 'linkedConnector')),
  entity_id text collate "C" not null,
  config bytea,
  field_map jsonb,
  catalog jsonb,
  bookmarks jsonb,
  symlink jsonb,
  connection_name text,
  discover_task_status text,
  sequence integer not null default 0,
  linked_at timestamptz not null,
  updated_at timestamptz not null,
  removed_at timestamptz,
  primary key (env_id, flow_id, tenant, entity_type, entity_id),
  foreign key (env_id, flow_id) references flows on delete cascade,
  check (removed_at is null or (config is null and bookmarks is null and catalog is null))
);
comment on column connections.config is 'sealed (AES-256-GCM); wiped on removal. The row stays, so that the sequence of the subject goes on';
comment on column connections.bookmarks is 'the Singer state that the next run starts from';

-- What runs ---------------------------------------------------------------------------------------------------------

create table jobs (
  env_id text collate "C" not null references environments on delete cascade,
  job_id text collate "C" not null,
  flow_id text collate "C" not null,
  job_name text not null,
  tenant text collate "C" not null,
  started_by text not null,
  s3_root text collate "C" not null,
  start_time timestamptz not null,
  state jsonb not null default '{}',
  tap text collate "C",
  target text collate "C",
  connector_id text collate "C",
  job_type text check (job_type in ('READ', 'WRITE')),
  status text collate "C" not null,
  scheduled_job boolean not null default false,
  sync_type text not null default 'full_sync' check (sync_type in ('auto_sync', 'full_sync', 'incremental_sync')),
  override_start_date text,
  override_end_date text,
  override_field_map jsonb,
  override_selected_tables jsonb,
  override_source_config bytea,
  override_target_config bytea,
  override_webhook_no integer,
  task_id text not null,
  task_type text not null default 'STANDARD',
  task_definition jsonb,
  discover_install_uri text,
  metrics jsonb,
  message text,
  last_updated timestamptz not null,
  environment_variables bytea,
  reset_source_state boolean not null default false,
  streaming_job boolean not null default false,
  runner text not null default 'bowline' check (runner in ('bowline', 'external')),
  sequence integer not null default 0,
  lease_token uuid,
  lease_until timestamptz,
  lease_node text,
  cancel_requested_at timestamptz,
  finished boolean not null default false,
  primary key (env_id, job_id),
  foreign key (env_id, flow_id) references flows on delete cascade
);
create unique index jobs_root on jobs (env_id, s3_root);
create index jobs_list on jobs (env_id, flow_id, tenant, start_time desc, job_id);
create index jobs_open on jobs (env_id, flow_id, tenant) where not finished;
create index jobs_queue on jobs (start_time) where runner = 'bowline' and not finished;

create table discovers (
  env_id text collate "C" not null references environments on delete cascade,
  task_id text collate "C" not null,
  flow_id text collate "C" not null,
  tenant text collate "C" not null,
  entity_type text not null,
  entity_id text collate "C" not null,
  status text not null check (status in ('DISCOVER_STARTED', 'DISCOVER_SUCCESS', 'DISCOVER_FAILED')),
  started_by text not null,
  start_time timestamptz not null,
  message text,
  catalog_summary jsonb,
  last_updated timestamptz not null,
  sequence integer not null default 0,
  lease_token uuid,
  lease_until timestamptz,
  lease_node text,
  primary key (env_id, task_id),
  foreign key (env_id, flow_id) references flows on delete cascade
);
create index discovers_entity on discovers (env_id, flow_id, tenant, entity_type, entity_id, start_time desc);
create unique index discovers_one_at_a_time on discovers (env_id, flow_id, tenant, entity_type, entity_id)
  where status = 'DISCOVER_STARTED';
create index discovers_queue on discovers (start_time) where status = 'DISCOVER_STARTED';

-- Webhooks ----------------------------------------------------------------------------------------------------------

create table webhooks (
  env_id text collate "C" not null references environments on delete cascade,
  webhook_id text collate "C" not null,
  webhook_no integer generated always as identity unique,
  kind text not null default 'standing' check (kind in ('standing', 'override')),
  subscription text not null check (subscription in ('job_lifecycle', 'discover', 'connection')),
  url text not null,
  description text,
  secret bytea,
  next_secret bytea,
  next_secret_at timestamptz,
  policy jsonb not null default '{}',
  filter_statuses text[],
  filter_flows text[],
  filter_tenants text[],
  filter_connectors text[],
  state text not null default 'active' check (state in ('active', 'paused', 'disabled', 'deleted')),
  state_reason text,
  version integer not null default 1,
  breaker text not null default 'closed' check (breaker in ('closed', 'open')),
  breaker_reason text,
  probe_at timestamptz,
  probes integer not null default 0,
  failing_since timestamptz,
  fingerprint bytea,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  primary key (env_id, webhook_id)
);
create index webhooks_match on webhooks (env_id, subscription) where kind = 'standing' and state <> 'deleted';
create unique index webhooks_override on webhooks (env_id, fingerprint) where kind = 'override' and state <> 'deleted';
create index webhooks_changed on webhooks (changed_at);
comment on column webhooks.webhook_no is 'the short key of the hot tables; lane = webhook_no % 64';
comment on column webhooks.version is 'grows with what shapes a request (url, headers, secrets); kept in webhook_versions';

create table webhook_versions (
  webhook_no integer not null references webhooks (webhook_no) on delete cascade,
  version integer not null,
  url text not null,
  headers jsonb not null default '{}',
  secret bytea,
  next_secret bytea,
  next_secret_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (webhook_no, version)
);
comment on table webhook_versions is 'what an attempt was built from: event + version + attempt number give the exact request again';

-- Events and what is owed -------------------------------------------------------------------------------------------

create table events (
  env_id text collate "C" not null,
  event_id uuid not null,
  subscription text not null,
  type text collate "C" not null,
  subject text collate "C" not null,
  subject_key bigint not null,
  sequence integer not null,
  flow_id text collate "C",
  tenant text collate "C",
  connectors text[],
  traceparent text,
  body text not null,
  recorded_at timestamptz not null,
  primary key (env_id, event_id)
);
create unique index events_subject on events (env_id, subject, sequence);

create table pending (
  webhook_no integer not null,
  delivery_id bigint generated always as identity,
  env_id text collate "C" not null,
  event_id uuid not null,
  subject_key bigint not null,
  attempts smallint not null default 0,
  retries smallint not null default 0,
  parked boolean not null default false,
  next_at timestamptz,
  replay_no integer,
  primary key (webhook_no, delivery_id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);
create index pending_due on pending (webhook_no, next_at) where next_at is not null;
create index pending_parked on pending (webhook_no, subject_key, delivery_id) where parked;
comment on table pending is 'deliveries not yet settled. parked = waits for its retry, or behind one of its subject';

create table attempts (
  webhook_no integer not null,
  delivery_id bigint not null,
  attempt smallint not null,
  outcome smallint not null,
  status smallint,
  event_id uuid not null,
  version integer not null,
  replay_no integer,
  started_us bigint not null,
  ttfb_us integer,
  total_us integer not null,
  next_us bigint,
  error text,
  answer text,
  answer_headers text,
  primary key (webhook_no, delivery_id, attempt)
);
create index attempts_event on attempts (event_id);
create index attempts_given_up on attempts (webhook_no, delivery_id) where outcome in (2, 4);
comment on column attempts.outcome is '0 delivered, 1 will be retried, 2 given up, 3 probe failed, 4 withdrawn without a POST';

create table ledger_recorded (
  webhook_no integer not null,
  shard smallint not null,
  recorded bigint not null,
  primary key (webhook_no, shard)
) with (fillfactor = 50);
comment on table ledger_recorded is 'counted where deliveries are recorded; one shard per connection, so that writers do not wait for each other';

create table ledger_settled (
  webhook_no integer primary key,
  delivered bigint not null default 0,
  given_up bigint not null default 0
) with (fillfactor = 50);
comment on table ledger_settled is 'counted where deliveries are settled';

create table replays (
  env_id text collate "C" not null references environments on delete cascade,
  replay_id text collate "C" not null,
  replay_no integer generated always as identity unique,
  webhook_no integer not null references webhooks (webhook_no) on delete cascade,
  filter jsonb not null,
  include_delivered boolean not null default false,
  rate integer,
  state text not null check (state in ('running', 'paused', 'cancelled', 'completed')),
  total integer not null,
  queued integer not null default 0,
  skipped integer not null default 0,
  until_event uuid not null,
  cursor_event uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (env_id, replay_id)
);
create index replays_running on replays (replay_no) where state = 'running';

-- Nodes and lanes ---------------------------------------------------------------------------------------------------

create table nodes (
  node_id text collate "C" primary key,
  lock_key integer generated always as identity unique,
  roles text[] not null,
  started_at timestamptz not null default now(),
  lease_until timestamptz not null
);

create table lanes (
  lane smallint primary key,
  owner text collate "C",
  epoch bigint not null default 0
) with (fillfactor = 50);
insert into lanes (lane) select generate_series(0, 63);

-- Repeated requests -------------------------------------------------------------------------------------------------

create table idempotency_keys (
  scope text collate "C" not null,
  key text collate "C" not null,
  fingerprint bytea not null,
  status integer,
  answer jsonb,
  created_at timestamptz not null default now(),
  primary key (scope, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);
