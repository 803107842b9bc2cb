import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { cannotListen } from './server.ts';

/**
 * The number of a port that nobody listens on, not even somebody who would share it.
 *
 * @param port 0: any free one.
 * @throws GatewayError INVALID_SETTING if the address cannot be listened on.
 */
export async function findPort(host: string, port: number): Promise<number> {
  const probe = createServer();
  try {
    await once(probe.listen(port, host), 'listening');
  } catch (error) {
    throw cannotListen(host, port, error as NodeJS.ErrnoException);
  }
  const found = (probe.address() as AddressInfo).port;
  probe.close();
  await once(probe, 'close');
  return found;
}
