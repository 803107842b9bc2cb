import { GatewayError, type Problem } from '../errors.ts';

const LONGEST_SHOWN = 200;

/** Collects what is wrong with the settings, so that one error can name all of it. */
export class SettingProblems {
  readonly #problems: Problem[] = [];

  /**
   * @param pointer the variable, the flag, or the JSON pointer into the YAML file.
   * @param label how the message names it.
   */
  add(pointer: string, label: string, text: string): void {
    this.#problems.push({ pointer, detail: `${label}: ${text}` });
  }

  /** @throws GatewayError INVALID_SETTING whose message has one line a problem, if there is any. */
  throwIfAny(): void {
    const problems = this.#problems;
    if (problems.length === 0) return;
    const title = problems.length === 1 ? 'a setting is wrong' : `${problems.length} settings are wrong`;
    const lines = problems.map(({ detail }) => `\n  ${detail}`);
    throw new GatewayError('INVALID_SETTING', `${title}:${lines.join('')}`, { problems: [...problems] });
  }
}

/** A given value for a message: quoted, cut, control characters escaped, URLs without user info and query. */
export function showValue(value: unknown): string {
  if (typeof value !== 'string') return showStructure(value);
  const safe = withoutUrlSecrets(value);
  return JSON.stringify(safe.length > LONGEST_SHOWN ? `${safe.slice(0, LONGEST_SHOWN)}…` : safe);
}

/** What a file system error means, in words. */
export function fileProblem(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'it may not be read by this user';
    case 'EISDIR':
      return 'it is a directory';
    default:
      return `it cannot be read (${String(code ?? 'unknown error')})`;
  }
}

function showStructure(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  return String(value);
}

function withoutUrlSecrets(text: string): string {
  // Greedy up to the last "@": a password may hold "@", "/" or "?" unescaped.
  const shown = text.replace(/:\/\/.*@/s, '://***@');
  return shown.includes('://') ? shown.replace(/\?.*$/s, '?***') : shown;
}
