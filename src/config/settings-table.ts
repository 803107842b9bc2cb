import { SETTINGS } from './settings.ts';

/** The rows of the README's settings table, header included: `| variable (YAML key) | default | meaning |`. */
export function settingsTable(): string {
  const rows = SETTINGS.map(({ variable, yamlKey, default: value, meaning }) => {
    const key = yamlKey === null ? '' : ` (\`${yamlKey}\`)`;
    return `| \`${variable}\`${key} | ${value} | ${meaning} |`;
  });
  return ['| variable (YAML key) | default | meaning |', '|---|---|---|', ...rows].join('\n');
}
