import { printablePath } from './artifact-path.ts';

/** `location` as it may be shown: without user info, query and fragment, which may hold secrets. */
export function printableLocation(location: string): string {
  const bare = location.replace(/[?#].*$/s, '');
  return printablePath(bare.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^/]*@/, '$1'));
}
