#!/usr/bin/env node
import { Command } from 'commander';
import { readBuildInfo } from './build-info.ts';
import { dashFlags } from './cli/dash-flags.ts';
import { registryCommand } from './cli/registry-command.ts';
import { serveCommand } from './cli/serve-command.ts';
import { typesCommand } from './cli/types-command.ts';
import { webhookCommand } from './cli/webhook-command.ts';
import { defaultRegistryDirectory, loadConfig } from './config.ts';
import { messageOf } from './errors.ts';

const program = new Command('switchyard')
  .description('serves the models that a model registry points to')
  .version(readBuildInfo().version);
program.addCommand(serveCommand(), { isDefault: true });
const print = (line: string) => process.stdout.write(`${line}\n`);
program.addCommand(registryCommand(defaultRegistryDirectory, print));
const load = (config: string | undefined) => loadConfig({ config, serveWord: false });
program.addCommand(webhookCommand(load, print));
program.addCommand(typesCommand(load, print));

try {
  await program.parseAsync(dashFlags(process.argv.slice(2)), { from: 'user' });
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
