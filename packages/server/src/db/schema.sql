-- The schema after all migrations. Written by dump-schema-main --write; not edited by hand.

create table api_keys (
  key_id text collate "C" not null,
  env_id text collate "C",
  role text not null,
  name text not null,
  hash bytea not null,
  hint text not null,
  created_at timestamp with time zone default now() not null,
  revoked_at timestamp with time zone,
  constraint api_keys_pkey PRIMARY KEY (key_id),
  constraint api_keys_hash_key UNIQUE (hash),
  constraint api_keys_check CHECK (((role = 'admin'::text) = (env_id IS NULL))),
  constraint api_keys_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'secret'::text]))),
  constraint api_keys_env_id_fkey FOREIGN KEY (env_id) REFERENCES environments(env_id) ON DELETE CASCADE
);
CREATE INDEX api_keys_env ON public.api_keys USING btree (env_id, created_at);
comment on column api_keys.hash is 'SHA-256 of the key: keys carry 190 random bits, so a salt would add nothing';

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
  constraint attempts_pkey PRIMARY KEY (webhook_no, delivery_id, attempt)
);
CREATE INDEX attempts_event ON public.attempts USING btree (event_id);
CREATE INDEX attempts_given_up ON public.attempts USING btree (webhook_no, delivery_id) WHERE (outcome = ANY (ARRAY[2, 4]));
comment on column attempts.outcome is '0 delivered, 1 will be retried, 2 given up, 3 probe failed, 4 withdrawn without a POST';

create table connections (
  env_id text collate "C" not null,
  flow_id text collate "C" not null,
  tenant text collate "C" not null,
  entity_type text not null,
  entity_id text collate "C" not null,
  config bytea,
  field_map jsonb,
  catalog jsonb,
  bookmarks jsonb,
  symlink jsonb,
  connection_name text,
  discover_task_status text,
  sequence integer default 0 not null,
  linked_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  removed_at timestamp with time zone,
  constraint connections_pkey PRIMARY KEY (env_id, flow_id, tenant, entity_type, entity_id),
  constraint connections_check CHECK (((removed_at IS NULL) OR ((config IS NULL) AND (bookmarks IS NULL) AND (catalog IS NULL)))),
  constraint connections_entity_type_check CHECK ((entity_type = ANY (ARRAY['linkedSource'::text, 'linkedTarget'::text, 'linkedConnector'::text]))),
  constraint connections_env_id_fkey FOREIGN KEY (env_id) REFERENCES environments(env_id) ON DELETE CASCADE,
  constraint connections_env_id_flow_id_fkey FOREIGN KEY (env_id, flow_id) REFERENCES flows(env_id, flow_id) ON DELETE CASCADE
);
comment on column connections.config is 'sealed (AES-256-GCM); wiped on removal. The row stays, so that the sequence of the subject goes on';
comment on column connections.bookmarks is 'the Singer state that the next run starts from';

create table connectors (
  env_id text collate "C" not null,
  connector_id text collate "C" not null,
  label text not null,
  domain text,
  type text default 'api'::text not null,
  roles text[] not null,
  program jsonb not null,
  install_uri text,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  constraint connectors_pkey PRIMARY KEY (env_id, connector_id),
  constraint connectors_roles_check CHECK (((roles <@ ARRAY['source'::text, 'target'::text]) AND (cardinality(roles) > 0))),
  constraint connectors_type_check CHECK ((type = ANY (ARRAY['api'::text, 'oauth'::text, 'oauth1'::text]))),
  constraint connectors_env_id_fkey FOREIGN KEY (env_id) REFERENCES environments(env_id) ON DELETE CASCADE
);
comment on column connectors.program is '{"builtin": name} or {"command": absolute path, "args": [], "catalog_flag": "--catalog"}';

create table discovers (
  env_id text collate "C" not null,
  task_id text collate "C" not null,
  flow_id text collate "C" not null,
  tenant text collate "C" not null,
  entity_type text not null,
  entity_id text collate "C" not null,
  status text not null,
  started_by text not null,
  start_time timestamp with time zone not null,
  message text,
  catalog_summary jsonb,
  last_updated timestamp with time zone not null,
  sequence integer default 0 not null,
  lease_token uuid,
  lease_until timestamp with time zone,
  lease_node text,
  constraint discovers_pkey PRIMARY KEY (env_id, task_id),
  constraint discovers_status_check CHECK ((status = ANY (ARRAY['DISCOVER_STARTED'::text, 'DISCOVER_SUCCESS'::text, 'DISCOVER_FAILED'::text]))),
  constraint discovers_env_id_fkey FOREIGN KEY (env_id) REFERENCES environments(env_id) ON DELETE CASCADE,
  constraint discovers_env_id_flow_id_fkey FOREIGN KEY (env_id, flow_id) REFERENCES flows(env_id, flow_id) ON DELETE CASCADE
);
CREATE INDEX discovers_entity ON public.discovers USING btree (env_id, flow_id, tenant, entity_type, entity_id, start_time DESC);
CREATE UNIQUE INDEX discovers_one_at_a_time ON public.discovers USING btree (env_id, flow_id, tenant, entity_type, entity_id) WHERE (status = 'DISCOVER_STARTED'::text);
CREATE INDEX discovers_queue ON public.discovers USING btree (start_time) WHERE (status = 'DISCOVER_STARTED'::text);

create table environments (
  env_id text collate "C" not null,
  name text not null,
  settings jsonb default '{}'::jsonb not null,
  retention_days integer default 30 not null,
  created_at timestamp with time zone default now() not null,
  constraint environments_pkey PRIMARY KEY (env_id),
  constraint environments_retention_days_check CHECK (((retention_days >= 1) AND (retention_days <= 3650)))
);

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
  recorded_at timestamp with time zone not null,
  constraint events_pkey PRIMARY KEY (env_id, event_id)
);
CREATE UNIQUE INDEX events_subject ON public.events USING btree (env_id, subject, sequence);

create table flows (
  env_id text collate "C" not null,
  flow_id text collate "C" not null,
  name text not null,
  description text,
  version integer default 1 not null,
  taps text[] default '{}'::text[] not null,
  targets text[] default '{}'::text[] not null,
  connectors text[] default '{}'::text[] not null,
  runner text default 'bowline'::text not null,
  etl jsonb,
  limits jsonb default '{}'::jsonb not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  constraint flows_pkey PRIMARY KEY (env_id, flow_id),
  constraint flows_runner_check CHECK ((runner = ANY (ARRAY['bowline'::text, 'external'::text]))),
  constraint flows_version_check CHECK ((version = ANY (ARRAY[1, 2]))),
  constraint flows_env_id_fkey FOREIGN KEY (env_id) REFERENCES environments(env_id) ON DELETE CASCADE
);
comment on column flows.etl is '{"interpreter": "node" | "python3", "source": text}; null = pass through';

create table idempotency_keys (
  scope text collate "C" not null,
  key text collate "C" not null,
  fingerprint bytea not null,
  status integer,
  answer jsonb,
  created_at timestamp with time zone default now() not null,
  constraint idempotency_keys_pkey PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_age ON public.idempotency_keys USING btree (created_at);

create table jobs (
  env_id text collate "C" not null,
  job_id text collate "C" not null,
  flow_id text collate "C" not null,
  job_name text not null,
  tenant text collate "C" not null,
  started_by text not null,
  s3_root text collate "C" not null,
  start_time timestamp with time zone not null,
  state jsonb default '{}'::jsonb not null,
  tap text collate "C",
  target text collate "C",
  connector_id text collate "C",
  job_type text,
  status text collate "C" not null,
  scheduled_job boolean default false not null,
  sync_type text default 'full_sync'::text not null,
  override_start_date text,
  override_end_date text,
  override_field_map jsonb,
  override_selected_tables jsonb,
  override_source_config bytea,
  override_target_config bytea,
  override_webhook_no integer,
  task_id text not null,
  task_type text default 'STANDARD'::text not null,
  task_definition jsonb,
  discover_install_uri text,
  metrics jsonb,
  message text,
  last_updated timestamp with time zone not null,
  environment_variables bytea,
  reset_source_state boolean default false not null,
  streaming_job boolean default false not null,
  runner text default 'bowline'::text not null,
  sequence integer default 0 not null,
  lease_token uuid,
  lease_until timestamp with time zone,
  lease_node text,
  cancel_requested_at timestamp with time zone,
  finished boolean default false not null,
  constraint jobs_pkey PRIMARY KEY (env_id, job_id),
  constraint jobs_job_type_check CHECK ((job_type = ANY (ARRAY['READ'::text, 'WRITE'::text]))),
  constraint jobs_runner_check CHECK ((runner = ANY (ARRAY['bowline'::text, 'external'::text]))),
  constraint jobs_sync_type_check CHECK ((sync_type = ANY (ARRAY['auto_sync'::text, 'full_sync'::text, 'incremental_sync'::text]))),
  constraint jobs_env_id_fkey FOREIGN KEY (env_id) REFERENCES environments(env_id) ON DELETE CASCADE,
  constraint jobs_env_id_flow_id_fkey FOREIGN KEY (env_id, flow_id) REFERENCES flows(env_id, flow_id) ON DELETE CASCADE
);
CREATE INDEX jobs_list ON public.jobs USING btree (env_id, flow_id, tenant, start_time DESC, job_id);
CREATE INDEX jobs_open ON public.jobs USING btree (env_id, flow_id, tenant) WHERE (NOT finished);
CREATE INDEX jobs_queue ON public.jobs USING btree (start_time) WHERE ((runner = 'bowline'::text) AND (NOT finished));
CREATE UNIQUE INDEX jobs_root ON public.jobs USING btree (env_id, s3_root);

create table lanes (
  lane smallint not null,
  owner text collate "C",
  epoch bigint default 0 not null,
  constraint lanes_pkey PRIMARY KEY (lane)
) with (fillfactor=50);

create table ledger_recorded (
  webhook_no integer not null,
  shard smallint not null,
  recorded bigint not null,
  constraint ledger_recorded_pkey PRIMARY KEY (webhook_no, shard)
) with (fillfactor=50);
comment on table ledger_recorded is 'counted where deliveries are recorded; one shard per connection, so that writers do not wait for each other';

create table ledger_settled (
  webhook_no integer not null,
  delivered bigint default 0 not null,
  given_up bigint default 0 not null,
  constraint ledger_settled_pkey PRIMARY KEY (webhook_no)
) with (fillfactor=50);
comment on table ledger_settled is 'counted where deliveries are settled';

create table nodes (
  node_id text collate "C" not null,
  lock_key integer generated always as identity not null,
  roles text[] not null,
  started_at timestamp with time zone default now() not null,
  lease_until timestamp with time zone not null,
  constraint nodes_pkey PRIMARY KEY (node_id),
  constraint nodes_lock_key_key UNIQUE (lock_key)
);

create table pending (
  webhook_no integer not null,
  delivery_id bigint generated always as identity not null,
  env_id text collate "C" not null,
  event_id uuid not null,
  subject_key bigint not null,
  attempts smallint default 0 not null,
  retries smallint default 0 not null,
  parked boolean default false not null,
  next_at timestamp with time zone,
  replay_no integer,
  constraint pending_pkey PRIMARY KEY (webhook_no, delivery_id)
) with (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=5000);
CREATE INDEX pending_due ON public.pending USING btree (webhook_no, next_at) WHERE (next_at IS NOT NULL);
CREATE INDEX pending_parked ON public.pending USING btree (webhook_no, subject_key, delivery_id) WHERE parked;
comment on table pending is 'deliveries not yet settled. parked = waits for its retry, or behind one of its subject';

create table replays (
  env_id text collate "C" not null,
  replay_id text collate "C" not null,
  replay_no integer generated always as identity not null,
  webhook_no integer not null,
  filter jsonb not null,
  include_delivered boolean default false not null,
  rate integer,
  state text not null,
  total integer not null,
  queued integer default 0 not null,
  skipped integer default 0 not null,
  until_event uuid not null,
  cursor_event uuid,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  constraint replays_pkey PRIMARY KEY (env_id, replay_id),
  constraint replays_replay_no_key UNIQUE (replay_no),
  constraint replays_state_check CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'cancelled'::text, 'completed'::text]))),
  constraint replays_env_id_fkey FOREIGN KEY (env_id) REFERENCES environments(env_id) ON DELETE CASCADE,
  constraint replays_webhook_no_fkey FOREIGN KEY (webhook_no) REFERENCES webhooks(webhook_no) ON DELETE CASCADE
);
CREATE INDEX replays_running ON public.replays USING btree (replay_no) WHERE (state = 'running'::text);

create table schema_migrations (
  version integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone default clock_timestamp() not null,
  constraint schema_migrations_pkey PRIMARY KEY (version)
);

create table tenants (
  env_id text collate "C" not null,
  tenant text collate "C" not null,
  metadata jsonb,
  config jsonb default '{}'::jsonb not null,
  created_at timestamp with time zone default now() not null,
  constraint tenants_pkey PRIMARY KEY (env_id, tenant),
  constraint tenants_env_id_fkey FOREIGN KEY (env_id) REFERENCES environments(env_id) ON DELETE CASCADE
);

create table webhook_versions (
  webhook_no integer not null,
  version integer not null,
  url text not null,
  headers jsonb default '{}'::jsonb not null,
  secret bytea,
  next_secret bytea,
  next_secret_at timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  constraint webhook_versions_pkey PRIMARY KEY (webhook_no, version),
  constraint webhook_versions_webhook_no_fkey FOREIGN KEY (webhook_no) REFERENCES webhooks(webhook_no) ON DELETE CASCADE
);
comment on table webhook_versions is 'what an attempt was built from: event + version + attempt number give the exact request again';

create table webhooks (
  env_id text collate "C" not null,
  webhook_id text collate "C" not null,
  webhook_no integer generated always as identity not null,
  kind text default 'standing'::text not null,
  subscription text not null,
  url text not null,
  description text,
  secret bytea,
  next_secret bytea,
  next_secret_at timestamp with time zone,
  policy jsonb default '{}'::jsonb not null,
  filter_statuses text[],
  filter_flows text[],
  filter_tenants text[],
  filter_connectors text[],
  state text default 'active'::text not null,
  state_reason text,
  version integer default 1 not null,
  breaker text default 'closed'::text not null,
  breaker_reason text,
  probe_at timestamp with time zone,
  probes integer default 0 not null,
  failing_since timestamp with time zone,
  fingerprint bytea,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  changed_at timestamp with time zone default now() not null,
  constraint webhooks_pkey PRIMARY KEY (env_id, webhook_id),
  constraint webhooks_webhook_no_key UNIQUE (webhook_no),
  constraint webhooks_breaker_check CHECK ((breaker = ANY (ARRAY['closed'::text, 'open'::text]))),
  constraint webhooks_kind_check CHECK ((kind = ANY (ARRAY['standing'::text, 'override'::text]))),
  constraint webhooks_state_check CHECK ((state = ANY (ARRAY['active'::text, 'paused'::text, 'disabled'::text, 'deleted'::text]))),
  constraint webhooks_subscription_check CHECK ((subscription = ANY (ARRAY['job_lifecycle'::text, 'discover'::text, 'connection'::text]))),
  constraint webhooks_env_id_fkey FOREIGN KEY (env_id) REFERENCES environments(env_id) ON DELETE CASCADE
);
CREATE INDEX webhooks_changed ON public.webhooks USING btree (changed_at);
CREATE INDEX webhooks_match ON public.webhooks USING btree (env_id, subscription) WHERE ((kind = 'standing'::text) AND (state <> 'deleted'::text));
CREATE UNIQUE INDEX webhooks_override ON public.webhooks USING btree (env_id, fingerprint) WHERE ((kind = 'override'::text) AND (state <> 'deleted'::text));
comment on column webhooks.webhook_no is 'the short key of the hot tables; lane = webhook_no % 64';
comment on column webhooks.version is 'grows with what shapes a request (url, headers, secrets); kept in webhook_versions';
