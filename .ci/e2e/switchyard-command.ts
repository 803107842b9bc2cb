import { execFile } from 'node:child_process';
import { checkout } from './gateway-process.ts';

export interface CommandOutcome {
  readonly code: number;
  /** What it wrote to stdout and stderr. */
  readonly output: string;
}

/** `node src/main.ts PARAMETERS` of this checkout with a clean environment, to its end, whatever that is. */
export async function runSwitchyard(
  parameters: readonly string[],
  environment: Record<string, string>,
): Promise<CommandOutcome> {
  const options = { cwd: checkout, env: { PATH: process.env.PATH ?? '', ...environment }, timeout: 60_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, ['src/main.ts', ...parameters], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, output: `${stdout}${stderr}`.trim() });
    });
  });
}
