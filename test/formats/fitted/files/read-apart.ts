import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What became of a file that a process of its own read. */
export interface ReadApart {
  /** `read`, or `CODE: message`. */
  readonly outcome: string;
  /** How much the process's largest resident set grew. */
  readonly growthMb: number;
  readonly ms: number;
}

/** Reads a file, whose name tells the format, in a process of its own. */
export function readApart(name: string, bytes: Uint8Array): ReadApart {
  const directory = mkdtempSync(join(tmpdir(), 'hostile-'));
  try {
    const path = join(directory, name);
    writeFileSync(path, bytes);
    const script = join(import.meta.dirname, 'measure-read.ts');
    return JSON.parse(execFileSync(process.execPath, [script, path], { encoding: 'utf8', timeout: 60_000 }));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
