import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { CHECKOUT } from './servers.ts';

/** The processor and memory in words. */
export function describeMachine(): string {
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${processors[0]?.model.trim()}, ${processors.length} cores, ${memory} GiB`;
}

/** The commit of the checkout, marked if files differ from it; "unknown" outside a repository. */
export function describeCommit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: CHECKOUT, encoding: 'utf8' }).trim();
  try {
    const isChanged = git('status', '--porcelain', '--untracked-files=no') !== '';
    return git('rev-parse', '--short', 'HEAD') + (isChanged ? ' with changes' : '');
  } catch {
    return 'unknown';
  }
}
