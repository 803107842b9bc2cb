type Trim = (padBytes: bigint) => number;

/** A load that makes the process grow by less leaves nothing worth the time. */
export const WORTH_RETURNING_BYTES = 32 * 1024 * 1024;

let trim: Promise<Trim | null> | null = null;

/**
 * Gives freed memory back to the system. glibc keeps what lies below a piece that is still in use: after the load of a
 * forest of 188 MB that are 900 MiB. Blocks this thread, for some 0.1 s then. Does nothing where the C library is not
 * glibc, or Node has no `node:ffi` (before 26).
 */
export async function returnFreedMemory(): Promise<void> {
  trim ??= findTrim();
  (await trim)?.(0n);
}

async function findTrim(): Promise<Trim | null> {
  if (process.platform !== 'linux') return null;
  try {
    const { dlopen } = await import('node:ffi');
    const { functions } = dlopen('libc.so.6', { malloc_trim: { arguments: ['u64'], return: 'i32' } });
    return functions.malloc_trim as Trim;
  } catch {
    // An optimization, and the module may be switched off.
    return null;
  }
}

/** For the Node of a thread or process that returns memory: `node:ffi` would otherwise announce itself on stderr. */
export const NO_EXPERIMENTAL_WARNINGS = '--disable-warning=ExperimentalWarning';
