import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout, GatewayProcess } from '../../.ci/e2e/gateway-process.ts';
import { OverloadClient, type SentRequest } from '../load/overload-client.ts';
import { percentile } from '../statistics.ts';
import { HEAVY_COLUMNS, heavyGraph } from './heavy-graph.ts';

export interface OverloadOptions {
  /** Empty; takes the registry, the cache and the log. */
  readonly directory: string;
  /** `SWITCHYARD_REQUEST_TIMEOUT_MS`. */
  readonly timeoutMs: number;
  /** How long the capacity is measured, and how long the overload lasts. */
  readonly capacityMs: number;
  readonly overloadMs: number;
  /** How many times the capacity is offered. */
  readonly times: number;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface OverloadFigures {
  readonly name: string;
  /** Answers a second that a closed loop gets before and after, and the lesser: what other work leaves changes. */
  readonly before: number;
  readonly after: number;
  readonly capacity: number;
  /** Requests a second that were offered, and those of them that went out. */
  readonly offered: number;
  readonly sent: number;
  /** Answers a second that were right and in time. */
  readonly goodput: number;
  /** Right answers after the deadline, with an allowance for the way. */
  readonly late: number;
  /** Of answers with 200. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How often each status was answered; 0: no answer. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Of answers with 429. */
  readonly refusalP99Ms: number;
}

/** What an answer that was written in time may take to be read on a busy machine, in milliseconds. */
const WAY_MS = 100;
const CLOSED_CONNECTIONS = 64;

interface Case {
  /** How many requests can be out at once. */
  readonly connections: number;
  readonly name: string;
  readonly model: string;
  readonly rows: number;
  readonly row: readonly number[];
}

const CASES: readonly Case[] = [
  {
    name: 'heavy model in the pool, 1 row',
    model: 'heavy',
    connections: 1_000,
    rows: 1,
    row: Array(HEAVY_COLUMNS).fill(1),
  },
  {
    name: 'cheap model on the event loop, 100 rows',
    model: 'iris',
    connections: 256,
    rows: 100,
    row: [5.1, 3.5, 1.4, 0.2],
  },
];

/** The capacity of a real server for a heavy and for a cheap model, and what is left of it when more is offered. */
export async function measureOverload(options: OverloadOptions): Promise<readonly OverloadFigures[]> {
  const { directory, timeoutMs } = options;
  const registry = join(directory, 'registry');
  await mkdir(join(registry, 'heavy', '1'), { recursive: true });
  await writeFile(join(registry, 'heavy', '1', 'model.onnx'), heavyGraph(100));
  await cp(join(checkout, 'models-fixtures', 'iris'), join(registry, 'iris'), { recursive: true });
  const gateway = await GatewayProcess.start({
    directory,
    environment: {
      SWITCHYARD_REGISTRY_DIR: registry,
      SWITCHYARD_REQUEST_TIMEOUT_MS: String(timeoutMs),
      SWITCHYARD_LOG_LEVEL: 'warn',
      ...options.environment,
    },
  });
  await gateway.waitUntilReady();
  const figures: OverloadFigures[] = [];
  for (const each of CASES) figures.push(await overload(gateway.port, each, options));
  const code = await gateway.stop();
  if (code !== 0) throw new Error(`the gateway ended with ${code}:\n${gateway.process.logTail()}`);
  return figures;
}

async function overload(port: number, each: Case, options: OverloadOptions): Promise<OverloadFigures> {
  const { timeoutMs, capacityMs, overloadMs, times } = options;
  const client = await OverloadClient.open({ port, request: requestOf(each), connections: each.connections });
  try {
    await client.closedLoop(CLOSED_CONNECTIONS, capacityMs / 2); // warms up
    const measure = async () => {
      const answered = await client.closedLoop(CLOSED_CONNECTIONS, capacityMs);
      return (answered.filter(isOk).length * 1000) / capacityMs;
    };
    const before = await measure();
    const sent = await client.openLoop(before * times, overloadMs, 2 * timeoutMs);
    const after = await measure();
    const capacity = Math.min(before, after);
    return { name: each.name, capacity, before, after, offered: before * times, ...judge(sent, options) };
  } finally {
    client.close();
  }
}

function judge(sent: readonly SentRequest[], { timeoutMs, overloadMs }: OverloadOptions) {
  const ok = sent.filter(isOk).map(({ latencyMs }) => latencyMs);
  const refused = sent.filter(({ status }) => status === 429).map(({ latencyMs }) => latencyMs);
  const statuses: Record<number, number> = {};
  for (const { status } of sent) statuses[status] = (statuses[status] ?? 0) + 1;
  ok.sort((left, right) => left - right);
  refused.sort((left, right) => left - right);
  return {
    sent: (sent.length * 1000) / overloadMs,
    goodput: (ok.filter((latencyMs) => latencyMs <= timeoutMs).length * 1000) / overloadMs,
    late: ok.filter((latencyMs) => latencyMs > timeoutMs + WAY_MS).length,
    p50Ms: percentile(ok, 50),
    p99Ms: percentile(ok, 99),
    statuses,
    refusalP99Ms: percentile(refused, 99),
  };
}

function isOk({ status }: SentRequest): boolean {
  return status === 200;
}

function requestOf({ model, rows, row }: Case): Uint8Array {
  const body = JSON.stringify({ features: Array(rows).fill(row) });
  const head = `POST /models/${model}/predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
  return Buffer.from(`${head}\r\n\r\n${body}`);
}
