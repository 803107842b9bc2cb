import autocannon from 'autocannon';
import { Client } from 'undici';

export interface Scenario {
  readonly name: string;
  readonly connections: number;
  readonly path: string;
  readonly body: string;
}

const row = [5.1, 3.5, 1.4, 0.2];

/** One row on one and on 32 connections, and bodies of 100 rows, all to the iris forest of 100 trees. */
export const SCENARIOS: readonly Scenario[] = [
  { name: '1 row, 1 connection', connections: 1, path: '/predict', body: JSON.stringify({ features: row }) },
  {
    name: '1 row, 32 connections',
    connections: 32,
    path: '/predict',
    body: JSON.stringify({ features: row }),
  },
  {
    name: '100 rows, 32 connections',
    connections: 32,
    path: '/predict',
    body: JSON.stringify({ features: Array.from({ length: 100 }, () => row) }),
  },
];

/** Requests per second of one server in one scenario. @throws if any answer was not a 200. */
export async function throughput(url: string, scenario: Scenario, seconds: number): Promise<number> {
  const result = await autocannon({
    url: `${url}${scenario.path}`,
    connections: scenario.connections,
    duration: seconds,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: scenario.body,
  });
  if (result.errors > 0 || result.non2xx > 0) {
    throw new Error(`${url}: ${result.errors} errors, ${result.non2xx} answers that are no 200`);
  }
  return result['2xx'] / result.duration;
}

/** Latencies in milliseconds of `count` requests one after the other on one connection, sorted. */
export async function latencies(url: string, scenario: Scenario, count: number): Promise<number[]> {
  const client = new Client(url);
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const startedAt = performance.now();
    const { body } = await client.request({
      path: scenario.path,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: scenario.body,
    });
    await body.arrayBuffer();
    times.push(performance.now() - startedAt);
  }
  await client.close();
  return times.sort((left, right) => left - right);
}
