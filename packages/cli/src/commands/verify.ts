// `bowline verify`: was this captured webhook signed with this secret, and if not, why not?
import { buffer } from 'node:stream/consumers';
import { verify, type SchemeFamily } from '@bowline/receiver';
import { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { FAMILIES } from '../receiver/check-schemes.ts';
import { makeScreen, type Screen } from '../terminal/screen.ts';
import { collect } from './options.ts';
import { readFileOrThrow, readSecret, type SecretOptions } from './read-secret.ts';

type VerifyOptions = SecretOptions & { header?: string[]; bodyFile?: string; anyAge?: boolean };

const NAMES = { standard: 'webhook-signature', hub256: 'X-Hub-Signature-256', hub: 'X-Hub-Signature' };

export const verifyCommand = (env: NodeJS.ProcessEnv): Command =>
  new Command('verify')
    .summary('check a captured webhook, and say why it fails')
    .description(
      'Checks each signature of a captured webhook over the exact bytes of its body. Exits with 0 only if all that are there hold.',
    )
    .option('--secret-file <file>', 'file with the secret of the webhook')
    .option('--secret-stdin', 'read the secret from stdin')
    .option('--header <line>', "a header as it came, such as 'webhook-id: evt_…'; repeat for each", collect)
    .option('--body-file <file>', 'file with the body, byte for byte; stdin when left out')
    .option('--any-age', 'accept a signed time that is long ago')
    .addHelpText(
      'after',
      "\nExample:\n  bowline verify --secret-file secret.txt --header 'X-Hub-Signature: 0a1b…' --body-file body.json",
    )
    .action((options: VerifyOptions) => verifyCaptured(options, env));

const readHeaders = (lines: readonly string[]): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const at = line.indexOf(':');
    if (at < 1) throw new CliError(`--header: "${line}" must be a name, a colon and a value`);
    headers[line.slice(0, at).trim().toLowerCase()] = line.slice(at + 1).trim();
  }
  return headers;
};

const verifyCaptured = async (options: VerifyOptions, env: NodeJS.ProcessEnv): Promise<void> => {
  if (options.secretStdin === true && options.bodyFile === undefined) {
    throw new CliError('--body-file: is needed with --secret-stdin, since stdin can carry only one of them');
  }
  const headers = readHeaders(options.header ?? []);
  const present = FAMILIES.filter((family) => headers[NAMES[family].toLowerCase()] !== undefined);
  if (present.length === 0) {
    const names = Object.values(NAMES).join(', ');
    throw new CliError(`--header: none of ${names} is given, so there is no signature to check`);
  }
  const secrets = await readSecret(options);
  const body =
    options.bodyFile === undefined
      ? await buffer(process.stdin)
      : await readFileOrThrow(options.bodyFile, '--body-file');
  const age = options.anyAge === true ? { toleranceSeconds: Number.MAX_SAFE_INTEGER } : {};
  const screen = makeScreen(process.stdout, env);
  for (const family of present) tell(screen, family, verify({ headers, body, secrets, require: family, ...age }));
};

const tell = ({ colors, line }: Screen, family: SchemeFamily, verdict: ReturnType<typeof verify>): void => {
  if (verdict.ok) return line(colors.green(`✓ ${NAMES[family]}: verified`));
  process.exitCode = 1;
  const isAge = verdict.reason === 'too_old' || verdict.reason === 'too_new';
  const hint = isAge ? ' (--any-age checks the signature all the same)' : '';
  line(colors.red(`✗ ${NAMES[family]}: ${verdict.message} [${verdict.reason}]${hint}`));
};
