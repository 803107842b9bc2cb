/** Repeats `task` until the returned function is called; keeps no process alive. */
export function everyUnref(intervalMs: number, task: () => void): () => void {
  const timer = setInterval(task, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
