import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where Python environments and trained models are kept, outside the checkout, unless another place is given. */
export function defaultCacheDirectory(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'switchyard-bench');
}
