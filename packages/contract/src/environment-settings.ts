// The settings of an environment: shape and defaults, shared by the server and every client.
import { z } from 'zod';

export const settingsSchema = z.strictObject({
  /** Every job is a full sync, whatever its state. */
  force_full_sync: z.boolean(),
  /** Each job discovers before it syncs. */
  force_discover: z.boolean(),
  /** Linking a source starts a first job (`sync_type: auto_sync`). */
  auto_sync_on_link: z.boolean(),
  /** Linking starts a discover. */
  discover_on_link: z.boolean(),
  /** What an embedded widget reads; it does not render without `primaryColor`. */
  preferences: z.record(z.string().max(64), z.json()).refine((value) => JSON.stringify(value).length <= 16_384, {
    message: 'must be at most 16384 characters of JSON',
  }),
});

export type EnvironmentSettings = z.output<typeof settingsSchema>;

export const DEFAULT_SETTINGS: EnvironmentSettings = Object.freeze({
  force_full_sync: false,
  force_discover: false,
  auto_sync_on_link: false,
  discover_on_link: false,
  preferences: { primaryColor: '#0b5fff' },
});

export const resolveSettings = (sparse: Partial<EnvironmentSettings>): EnvironmentSettings => ({
  ...DEFAULT_SETTINGS,
  ...sparse,
});
