import { GatewayError } from '../../src/errors.ts';
import { Channel } from '../../src/processes/channel.ts';
import type { CoordinatorCalls, MemberCalls } from '../../src/processes/messages.ts';

/** A member that loads nothing and remembers what it was told; some routes make it misbehave. */
const calls: string[] = [];
let host = '';

async function load(route: string, version: string): Promise<void> {
  if (route === 'deadly' && version !== '1') process.kill(process.pid, 'SIGKILL');
  if (route === 'broken') throw new GatewayError('INVALID_MODEL', 'no graph');
  if (route === 'endless') await new Promise(() => {});
  while (route === 'stuck');
}

new Channel<CoordinatorCalls, MemberCalls>(process, {
  start: (settings) => {
    host = settings.host;
  },
  listen: ({ port }) => {
    calls.push('listen');
    if (port === 1) throw new GatewayError('INVALID_SETTING', 'the port is taken');
    return { url: `http://${host}:${port}`, metricsUrl: `http://${host}:${port}`, grpcAddress: null };
  },
  load: async ({ id, order }) => {
    calls.push(`load ${id}`);
    await load(order.route, order.version.version);
  },
  flip: ({ route, id }) => {
    calls.push(`flip ${route} ${id}`);
    if (route === 'unflippable') throw new Error('there is no such edition');
  },
  retire: (id) => {
    calls.push(`retire ${id}`);
  },
  tell: ({ routes }) => {
    calls.push(`tell ${routes.join()}`);
  },
  count: () => [
    { name: 'calls', type: 'counter', values: calls.map((call) => ({ value: 1, labels: { call } })) },
  ],
  ping: () => host !== 'unhealthy',
  stop: () => process.exit(host === 'slow' ? 1 : 0),
});
process.on('disconnect', () => process.exit());
