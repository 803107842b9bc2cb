import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { convertCommand } from '../src/cli/convert-command.ts';
import { registryCommand } from '../src/cli/registry-command.ts';
import { serveCommand } from '../src/cli/serve-command.ts';
import { typesCommand } from '../src/cli/types-command.ts';
import { webhookCommand } from '../src/cli/webhook-command.ts';
import { settingsTable } from '../src/config/settings-table.ts';
import { ERROR_STATUS } from '../src/http/error-status.ts';
import { createMetrics } from '../src/observability/metrics.ts';

const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');

/** The rows of the table below a heading, as cells without code marks. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

describe('README', () => {
  it('has every command, with its arguments and own options', () => {
    const print = () => {};
    const parents = [registryCommand(() => '', print), webhookCommand(() => ({}) as never, print)];
    const subcommands = parents.flatMap((parent) =>
      parent.commands.map((command) => ({ path: `${parent.name()} ${command.name()}`, command })),
    );
    const alone = [
      serveCommand(),
      typesCommand(() => ({}) as never, print),
      convertCommand(() => ({}) as never, {} as never),
    ].map((command) => ({
      path: command.name(),
      command,
    }));
    const commands = [...alone, ...subcommands].map(({ path, command }) => [
      path,
      command.registeredArguments.length,
      // Those that all of a family have stand in the help only.
      command.options
        .map(({ long }) => long)
        .filter((long) => path === 'serve' || !/dir|config/.test(long ?? '')),
    ]);
    const documented = rowsBelow('Commands').map(([usage = '']) => {
      const [plain = ''] = usage.replace('switchyard ', '').split(' [');
      const words = plain.split(' ');
      const names = words.filter((word) => /^[a-z]/.test(word));
      return [names.join(' '), words.length - names.length, usage.match(/--[a-z-]+/g) ?? []];
    });
    expect(documented).toEqual(commands);
  });

  it('has the table of settings that the code reads', () => {
    expect(readme).toContain(settingsTable().trim());
  });

  it('has every error code that a client can meet, with its status', () => {
    const documented = Object.fromEntries(
      rowsBelow('Errors').map(([code, status]) => [code, Number(status)]),
    );
    const reasonsOfVersions = Object.keys(ERROR_STATUS).slice(
      Object.keys(ERROR_STATUS).indexOf('CLIENT_GONE'),
    );
    const expected = Object.fromEntries(
      Object.entries(ERROR_STATUS).filter(([code]) => !reasonsOfVersions.includes(code)),
    );
    expect(documented).toEqual(expected);
  });

  it('has every metric with its kind', async () => {
    const metrics = createMetrics({
      buildLabels: { version: '0', node: '0', onnxruntime: '0' },
      queuedRows: () => [],
      readiness: () => [],
    });
    const { body } = await metrics.scrape(false);
    const own = [...body.matchAll(/^# TYPE (switchyard_\S+) (\S+)$/gm)].map(([, name, kind]) => [name, kind]);
    const documented = rowsBelow('Metrics').map(([name, kind]) => [name, kind]);
    expect(documented.sort()).toEqual(own.sort());
  });
});
