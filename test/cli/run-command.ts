import type { Command } from 'commander';

/**
 * Runs a command with these arguments; resolves once it has ended.
 *
 * @throws an Error with what it would write to stderr, and its `exitCode`.
 */
export async function runCommand(command: Command, args: readonly string[]): Promise<void> {
  let errors = '';
  for (const each of [command, ...command.commands]) {
    each.exitOverride().configureOutput({
      writeErr: (text) => {
        errors += text;
      },
    });
  }
  try {
    await command.parseAsync(args, { from: 'user' });
  } catch (error) {
    throw Object.assign(new Error(errors), { exitCode: (error as { exitCode: number }).exitCode });
  }
}
