import { path } from './setting-parsers.ts';
import { fileProblem } from './setting-problems.ts';
import type { SettingReader } from './setting-reader.ts';
import type { Variable } from './settings.ts';

export interface PemSources {
  /** @throws as `fs.readFileSync` does. */
  readonly readFile: (path: string) => string;
  readonly workingDirectory: string;
}

/** The path of a file that is there and holds PEM of these kinds; `null` if the setting is unset or wrong, which is reported. */
export function readPemFile(
  variable: Variable,
  kinds: readonly string[],
  reader: SettingReader,
  sources: PemSources,
): string | null {
  const given = reader.given(variable);
  const file = given === null ? null : reader.parse(given, path(sources.workingDirectory));
  if (given === null || file === null) return null;
  let content: string;
  try {
    content = sources.readFile(file);
  } catch (error) {
    reader.refuse(given, fileProblem(error));
    return null;
  }
  const missing = kinds.find((kind) => !new RegExp(`-----BEGIN [A-Z ]*${kind}-----`).test(content));
  if (missing === undefined) return file;
  reader.refuse(given, `the file holds no PEM ${missing.toLowerCase()}`);
  return null;
}
