// Pieces that several routes of the integration API share: path parameters and the words they must match.
import { z } from 'zod';

export const JsonObject = z.record(z.string(), z.unknown());
export type JsonObject = z.output<typeof JsonObject>;

const NO_BLANKS = 'must be 1 to 200 characters without white space, slash, backslash or control character';

/** An id that becomes part of a path: of a URL, and of the folder that keeps a job's artifacts. */
export const PathId = z
  .string(NO_BLANKS)
  .min(1, NO_BLANKS)
  .max(200, NO_BLANKS)
  .regex(/^[^\s/\\\p{Cc}]+$/u, NO_BLANKS)
  .refine((id) => !/^\.+$/.test(id), 'must not consist of dots');

/** An id that we or an administrator mint: of a flow or of a connector. */
export const PlainId = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,99}$/,
    'must be 1 to 100 of A–Z a–z 0–9 _ . : @ - and begin with a letter, digit or _',
  );

export const EnvParams = z.object({ env_id: z.string().min(1) });
export const FlowParams = EnvParams.extend({ flow_id: z.string().min(1) });
export const TenantParams = FlowParams.extend({ tenant: PathId });

/** A query's yes or no. Existing clients send `true`, and now and then nothing after the `=`. */
export const Flag = z
  .string()
  .optional()
  .transform((text) => text === 'true' || text === 'True' || text === '1');

export const Empty = z.object({});

/** Both shapes that clients send; kept and shown as the second: `{"products": {"name": "products", "selected": ["id"]}}`. */
export const FieldMap = z.record(
  z.string(),
  z.union(
    [z.array(z.string()), z.looseObject({ name: z.string().optional(), selected: z.array(z.string()) })],
    'must be a list of field names, or {"name", "selected": [field names]}',
  ),
);
export type FieldMap = z.output<typeof FieldMap>;
