import { getPriority, setPriority } from 'node:os';

/** Of `os.setPriority`: whoever is five steps behind gets a third of the time where both want the processor. */
const STEPS = 5;
const LAST_STEP = 19;

/**
 * Lets the server's event loop go first where it and this thread want the same processor. On Linux a priority is the
 * thread's own, and that of threads it starts later; elsewhere it would be the process's, so nothing happens there.
 */
export function stepBack(): void {
  if (process.platform === 'linux') setPriority(Math.min(LAST_STEP, getPriority() + STEPS));
}
