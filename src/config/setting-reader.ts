import { isServiceVariable } from './check-names.ts';
import type { ConfigFile } from './config-file.ts';
import type { SettingParser } from './setting-parsers.ts';
import { type SettingProblems, showValue } from './setting-problems.ts';
import { settingOf, type Variable } from './settings.ts';

/** A value that somebody gave for a setting, and where. */
export interface GivenValue {
  readonly value: unknown;
  readonly from: 'flag' | 'environment' | 'file';
  /** How messages name the place: `PORT`, `--port`, `port in switchyard.yaml`. */
  readonly label: string;
  /** How `Problem.pointer` names it: `PORT`, `--port`, `/port`. */
  readonly pointer: string;
  readonly secret: boolean;
}

/** The place of one key of a mapping in the YAML file; the value is still the mapping's. */
export function fieldOf(given: GivenValue, key: string): GivenValue {
  return { ...given, label: given.label.replace(' in ', `.${key} in `), pointer: `${given.pointer}/${key}` };
}

export interface SettingSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file: ConfigFile | null;
  /** Flags by the variable that they stand for. They win over everything, even when empty. */
  readonly flags: Partial<Record<Variable, { readonly name: string; readonly value: string | undefined }>>;
}

/** Finds settings in flags, environment and file, in that order, and reports the values that are not allowed. */
export class SettingReader {
  readonly #sources: SettingSources;
  readonly #problems: SettingProblems;

  constructor(sources: SettingSources, problems: SettingProblems) {
    this.#sources = sources;
    this.#problems = problems;
  }

  /** The value in force; `null` if the setting is unset everywhere. Texts are trimmed unless they are secret. */
  given(variable: Variable): GivenValue | null {
    return this.#fromFlag(variable) ?? this.#fromEnvironment(variable) ?? this.#fromFile(variable);
  }

  /** The parsed value; `null` if the setting is unset, or not allowed, which is then reported. */
  read<T>(variable: Variable, parser: SettingParser<T>): T | null {
    const given = this.given(variable);
    return given === null ? null : this.parse(given, parser);
  }

  /** The parsed value; `null` if it is not allowed, which is then reported. */
  parse<T>(given: GivenValue, parser: SettingParser<T>): T | null {
    const parsed = parser.parse(given.value);
    if (parsed !== undefined) return parsed;
    this.refuse(given, `allowed: ${parser.allowed}`);
    return null;
  }

  /** Reports what is wrong with a value, with the value itself unless it is a secret. */
  refuse(given: GivenValue, why: string): void {
    const shown = given.secret ? 'a value that is not shown' : showValue(given.value);
    this.report(given, `${shown} is given; ${why}`);
  }

  /** Reports a problem in the caller's own words. */
  report(given: GivenValue, text: string): void {
    this.#problems.add(given.pointer, given.label, text);
  }

  #fromFlag(variable: Variable): GivenValue | null {
    const flag = this.#sources.flags[variable];
    if (flag?.value === undefined) return null;
    return { value: flag.value, from: 'flag', label: flag.name, pointer: flag.name, secret: false };
  }

  #fromEnvironment(variable: Variable): GivenValue | null {
    const raw = this.#sources.env[variable];
    if (raw === undefined || raw.trim() === '' || isServiceVariable(variable, raw.trim())) return null;
    const secret = settingOf(variable).secret === true;
    const value = secret ? raw : raw.trim();
    return { value, from: 'environment', label: variable, pointer: variable, secret };
  }

  #fromFile(variable: Variable): GivenValue | null {
    const { yamlKey, secret = false } = settingOf(variable);
    const { file } = this.#sources;
    if (yamlKey === null || file === null) return null;
    const raw = file.values.get(yamlKey) ?? null;
    if (raw === null || (typeof raw === 'string' && raw.trim() === '')) return null;
    const value = typeof raw === 'string' && !secret ? raw.trim() : raw;
    return { value, from: 'file', label: `${yamlKey} in ${file.path}`, pointer: `/${yamlKey}`, secret };
  }
}
