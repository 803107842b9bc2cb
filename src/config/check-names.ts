import type { ConfigFile } from './config-file.ts';
import type { SettingProblems } from './setting-problems.ts';
import { SETTINGS } from './settings.ts';
import { suggestName } from './suggest-name.ts';

// What Kubernetes sets for a Service called "switchyard…"; `…_PORT` only with the value that it gives, because
// SWITCHYARD_PORT=9000 is somebody who means PORT.
const SERVICE_NAME = /^SWITCHYARD\w*(_SERVICE_HOST|_SERVICE_PORT(_\w+)?|_PORT_\d+_\w+)$/;
const SERVICE_PORT_NAME = /^SWITCHYARD\w*_PORT$/;
const PORT_SETTING = /(^|_)PORT$/;
const SERVICE_ADDRESS = /^(tcp|udp|sctp):\/\//;

/** Whether Kubernetes set this variable for a Service, so that it is no setting of ours. */
export function isServiceVariable(name: string, value: string): boolean {
  if (SERVICE_NAME.test(name)) return true;
  const isPort = SERVICE_PORT_NAME.test(name) || SETTINGS.some(({ variable }) => variable === name);
  return isPort && PORT_SETTING.test(name) && SERVICE_ADDRESS.test(value);
}

/**
 * Refuses `SWITCHYARD_*` variables that nobody knows. Values are never shown.
 *
 * @returns the names that Kubernetes set for Services, sorted.
 */
export function checkVariableNames(
  env: Readonly<Record<string, string | undefined>>,
  problems: SettingProblems,
): readonly string[] {
  const ignored: string[] = [];
  for (const name of Object.keys(env).sort()) {
    const value = env[name]?.trim() ?? '';
    if (isServiceVariable(name, value)) ignored.push(name);
    else if (name.startsWith('SWITCHYARD_') && !SETTINGS.some(({ variable }) => variable === name)) {
      checkName(name, name, 'variable', problems);
    }
  }
  return ignored;
}

/** Refuses keys of the YAML file that nobody knows. */
export function checkFileKeys(file: ConfigFile | null, problems: SettingProblems): void {
  for (const key of file?.values.keys() ?? []) {
    if (SETTINGS.some(({ yamlKey }) => yamlKey === key)) continue;
    checkName(key, `${key} in ${file?.path}`, 'yamlKey', problems);
  }
}

function checkName(
  name: string,
  label: string,
  kind: 'variable' | 'yamlKey',
  problems: SettingProblems,
): void {
  const pointer = kind === 'variable' ? name : `/${name}`;
  const known = SETTINGS.map((setting) => setting[kind]).filter((candidate) => candidate !== null);
  problems.add(pointer, label, `there is no such setting${suggestName(name, known)}`);
}
