import { open } from 'node:fs/promises';

/** Some network file systems have no such call; their renames are durable by themselves or never. */
const NO_SUCH_CALL: readonly (string | undefined)[] = ['EINVAL', 'ENOTSUP', 'EPERM'];

/** Makes renames and new names in `directory` survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!NO_SUCH_CALL.includes((error as NodeJS.ErrnoException).code)) throw error;
  } finally {
    await handle.close();
  }
}
