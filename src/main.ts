#!/usr/bin/env node
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { readBuildInfo } from './build-info.ts';
import { convertCommand } from './cli/convert-command.ts';
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
program.addCommand(
  convertCommand(load, {
    isTerminal: process.stdout.isTTY === true,
    write: (bytes) => pipeline([bytes], process.stdout, { end: false }),
    tell: (line) => void process.stderr.write(`${line}\n`),
  }),
);

try {
  await program.parseAsync(dashFlags(process.argv.slice(2)), { from: 'user' });
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
