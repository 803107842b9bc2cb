import { GatewayError } from '../errors.ts';
import { showName } from '../model/shown-name.ts';
import type { VersionChoice } from '../model/version-choice.ts';

/**
 * The version that a path names; `null` for a path without one: what serves is meant.
 *
 * @throws GatewayError VERSION_NOT_FOUND if it is no number, as all versions are.
 */
export function versionChoice(version: string | undefined): VersionChoice | null {
  if (version === undefined) return null;
  if (/^\d{1,19}$/.test(version)) return { kind: 'version', version };
  throw new GatewayError(
    'VERSION_NOT_FOUND',
    `there is no version "${showName(version)}": versions are numbers`,
  );
}
