#!/usr/bin/env node
// The entry of `bowline`: finds the command, and turns every error into one clear line.
import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { messageOf } from './cli-error.ts';
import { demoCommand } from './commands/demo.ts';
import { listenCommand } from './commands/listen.ts';
import { upCommand } from './commands/up.ts';
import { verifyCommand } from './commands/verify.ts';

const { env } = process;
const program = new Command('bowline')
  .description('Bowline: a self-hosted integration platform whose webhooks never slip.')
  .version(packageJson.version)
  .showHelpAfterError('(--help shows what there is)');
for (const command of [upCommand(env), demoCommand(env), verifyCommand(env), listenCommand(env)]) {
  program.addCommand(command.copyInheritedSettings(program));
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`bowline: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
