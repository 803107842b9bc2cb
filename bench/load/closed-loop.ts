import type { LoadConnection } from './load-connection.ts';
import type { MeasuredWindow } from './measured-window.ts';

/** Each connection sends its next request as soon as it has its answer. Resolves when the last answer has come. */
export async function runClosedLoop(
  connections: readonly LoadConnection[],
  requests: readonly Uint8Array[],
  window: MeasuredWindow,
  failed: AbortSignal,
): Promise<void> {
  let next = 0;
  const runs = connections.map(
    (connection) =>
      new Promise<void>((resolve) => {
        const send = () => {
          const sentAt = performance.now();
          if (sentAt >= window.endsAt || failed.aborted) {
            connection.close();
            resolve();
            return;
          }
          connection.send(requests[next++ % requests.length]!, () => {
            window.add(sentAt, performance.now());
            send();
          });
        };
        send();
      }),
  );
  await Promise.all(runs);
}
