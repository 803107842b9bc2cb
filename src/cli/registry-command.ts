import { resolve } from 'node:path';
import { Command } from 'commander';
import { messageOf } from '../errors.ts';
import { findIntended } from '../model/misspelling.ts';
import { canonicalStage } from '../model/model-uri.ts';
import { addVersion, movePointer } from '../registry/directory/edit-registry.ts';
import {
  listModelNames,
  type ModelFolder,
  pointersOf,
  readModelFolder,
} from '../registry/directory/model-folder.ts';
import { formatTable } from './format-table.ts';

const STAGES = ['Production', 'Staging', 'Archived', 'None'];

/**
 * `switchyard registry …`: shows and edits the directory registry (contract section 1).
 *
 * @param defaultDirectory the registry directory when `--dir` is not given.
 * @param print writes one line of result to stdout. Mistakes go to stderr, with exit code 1.
 */
export function registryCommand(defaultDirectory: () => string, print: (line: string) => void): Command {
  const command = new Command('registry').description('show and edit the directory registry');
  const subcommand = (usage: string, description: string) =>
    command.command(usage).description(description).option('--dir <directory>', 'the registry directory');
  const run =
    (action: (directory: string, values: readonly string[], options: AddOptions) => Promise<void>) =>
    async (...given: unknown[]): Promise<void> => {
      const invoked = given.at(-1) as Command;
      const options = invoked.opts<AddOptions & { readonly dir?: string }>();
      try {
        await action(resolve(options.dir ?? defaultDirectory()), invoked.args, options);
      } catch (error) {
        command.error(`error: ${messageOf(error)}`, { exitCode: 1 });
      }
    };

  subcommand('list', 'list models, versions, stages and aliases').action(
    run(async (directory) => {
      for (const line of await table(directory)) print(line);
    }),
  );
  subcommand(
    'add <name> <path>',
    'add a model directory or a model file (.onnx, .skops, .pkl) as the next version; prints its number',
  )
    .option('--stage <stage>', 'move this stage to it')
    .option('--alias <alias>', 'move this alias to it')
    .action(
      run(async (directory, [name = '', path = ''], options) => {
        const stage = options.stage === undefined ? null : checkedStage(options.stage);
        const alias = options.alias === undefined ? null : checkedAlias(options.alias);
        print(await addVersion(directory, { name, path: resolve(path), stage, alias }));
      }),
    );
  subcommand('stage <name> <version> <stage>', 'move a stage to a version').action(
    run(async (directory, [name = '', version = '', given = '']) => {
      const stage = checkedStage(given);
      await movePointer(directory, name, { kind: 'stage', stage, version });
      print(`${name}: version ${version} is in ${stage}`);
    }),
  );
  subcommand('alias <name> <version> <alias>', 'move an alias to a version').action(
    run(async (directory, [name = '', version = '', given = '']) => {
      const alias = checkedAlias(given);
      await movePointer(directory, name, { kind: 'alias', alias, version });
      print(`${name}: @${alias} is version ${version}`);
    }),
  );
  return command;
}

interface AddOptions {
  readonly stage?: string;
  readonly alias?: string;
}

function checkedStage(given: string): string {
  const stage = canonicalStage(given);
  if (STAGES.includes(stage)) return stage;
  const closest = findIntended(stage, STAGES);
  if (closest !== null) throw new Error(`there is no stage "${given}"; did you mean "${closest}"?`);
  if (/^[^/\s](?:[^/]*[^/\s])?$/.test(stage) && !/^(?:\d+|latest)$/i.test(stage)) return stage;
  throw new Error(`"${given}" cannot be a stage, because models:/NAME/${given} would not name it`);
}

function checkedAlias(alias: string): string {
  if (/^[\w-]{1,255}$/.test(alias) && !/^(?:latest|v\d+)$/i.test(alias)) return alias;
  throw new Error(
    `"${alias}" cannot be an alias; use letters, digits, "_" and "-", but not "latest" or "v1"`,
  );
}

async function table(directory: string): Promise<readonly string[]> {
  const rows = [['MODEL', 'VERSIONS', 'STAGES', 'ALIASES']];
  const errors: string[] = [];
  for (const name of await listModelNames(directory)) {
    try {
      const folder = await readModelFolder(directory, name);
      if (folder !== null) rows.push(row(folder));
    } catch (error) {
      errors.push(`${name}: ${messageOf(error)}`);
    }
  }
  if (rows.length === 1 && errors.length === 0) return [`no models in ${directory}`];
  return [...formatTable(rows), ...errors];
}

function row(folder: ModelFolder): string[] {
  const { stages, aliases } = pointersOf(folder);
  const named = [...stages].filter(([stage, versions]) => stage !== 'None' && versions.length > 0);
  return [
    folder.name,
    folder.versions.join(', ') || '-',
    named.map(([stage, versions]) => `${stage}: ${versions.join('+')}`).join(', ') || '-',
    [...aliases].map(([alias, version]) => `${alias}: ${version}`).join(', ') || '-',
  ];
}
