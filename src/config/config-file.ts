import { parseDocument } from 'yaml';
import { fileProblem, type SettingProblems, showValue } from './setting-problems.ts';

/** The YAML file with settings, parsed and not yet checked. */
export interface ConfigFile {
  /** As the user wrote it. */
  readonly path: string;
  readonly values: ReadonlyMap<string, unknown>;
}

/**
 * Reads the file that `--config` or `SWITCHYARD_CONFIG` names. What is wrong with it goes to `problems`, without any
 * of its text, which may hold secrets; the result is then `null`.
 *
 * @param label the flag or variable that named it.
 */
export function readConfigFile(
  path: string,
  label: string,
  readFile: (path: string) => string,
  problems: SettingProblems,
): ConfigFile | null {
  const refuse = (why: string) => {
    problems.add(label, label, `${showValue(path)} is given; ${why}`);
    return null;
  };
  let content: string;
  try {
    content = readFile(path);
  } catch (error) {
    return refuse(fileProblem(error));
  }
  const document = parseDocument(content, { prettyErrors: true });
  const [first] = document.errors;
  if (first !== undefined) {
    const [position] = first.linePos ?? [];
    const where = position === undefined ? '' : ` at line ${position.line}, column ${position.col}`;
    return refuse(`it is no valid YAML${where} (${first.code})`);
  }
  let root: unknown;
  try {
    root = document.toJS({ mapAsMap: true });
  } catch {
    return refuse('it has YAML aliases that cannot be resolved');
  }
  if (root === null || root === undefined) return { path, values: new Map() };
  if (!(root instanceof Map)) return refuse('it must hold a mapping of settings');
  return { path, values: new Map([...root].map(([key, value]) => [String(key), value])) };
}
