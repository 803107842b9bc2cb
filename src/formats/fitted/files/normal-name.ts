import { GatewayError } from '../../../errors.ts';
import { MAX_NAME_LENGTH } from './bounds.ts';

/** Modules under their name of today: Python 2's (which pickle's protocol 2 still writes) and numpy 1's. */
const MODULES: readonly (readonly [old: string, now: string])[] = [
  ['__builtin__', 'builtins'],
  ['copy_reg', 'copyreg'],
  ['numpy.core', 'numpy._core'],
];

/** Names that differ although they mean the same, after their module was renamed. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['builtins.unicode', 'builtins.str'],
  ['builtins.long', 'builtins.int'],
  ['builtins.xrange', 'builtins.range'],
  ['builtins.unichr', 'builtins.chr'],
  ['numpy.bool', 'numpy.bool_'],
]);

/** Where numpy's functions are made; they are known by their public name. */
const PRIVATE_UFUNCS = /^numpy\._core\.(?:_multiarray_umath|umath)\./;

/**
 * Module and name of a class or function, joined by a dot, as the newest Python and numpy write it.
 *
 * @throws GatewayError INVALID_MODEL if they are longer than any name.
 */
export function normalName(module: string, name: string): string {
  if (module.length > MAX_NAME_LENGTH || name.length > MAX_NAME_LENGTH) {
    throw new GatewayError('INVALID_MODEL', `a class is named by more than ${MAX_NAME_LENGTH} characters`);
  }
  const full = `${renamedModule(module)}.${name}`;
  return NAMES.get(full) ?? full.replace(PRIVATE_UFUNCS, 'numpy.');
}

function renamedModule(module: string): string {
  for (const [old, now] of MODULES) {
    if (module === old) return now;
    if (module.startsWith(`${old}.`)) return now + module.slice(old.length);
  }
  return module;
}
