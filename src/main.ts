#!/usr/bin/env node
import { Command } from 'commander';
import { readBuildInfo } from './build-info.ts';
import { registryCommand } from './cli/registry-command.ts';
import { serveCommand } from './cli/serve-command.ts';
import { defaultRegistryDirectory } from './config.ts';
import { messageOf } from './errors.ts';

const program = new Command('switchyard')
  .description('serves the models that a model registry points to')
  .version(readBuildInfo().version);
program.addCommand(serveCommand(), { isDefault: true });
program.addCommand(registryCommand(defaultRegistryDirectory, (line) => process.stdout.write(`${line}\n`)));

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
