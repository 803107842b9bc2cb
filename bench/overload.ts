import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureOverload } from './scenarios/overload.ts';

/**
 * `node bench/overload.ts [--quick] [--times 2] [--environment NAME=VALUE …]`: what is left of the capacity of a heavy
 * and of a cheap model when more is offered, and whether any answer comes after its deadline.
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    times: { type: 'string', default: '2' },
    environment: { type: 'string', multiple: true, default: [] },
  },
});
const print = (line: string) => process.stdout.write(`${line}\n`);

const directory = await mkdtemp(join(tmpdir(), 'switchyard-bench-overload-'));
try {
  const figures = await measureOverload({
    directory,
    timeoutMs: 1_000,
    capacityMs: values.quick ? 2_000 : 5_000,
    overloadMs: values.quick ? 4_000 : 15_000,
    times: Number(values.times),
    environment: Object.fromEntries(values.environment.map((entry) => entry.split(/=(.*)/s).slice(0, 2))),
  });
  print(
    '| case | capacity /s | offered /s | sent /s | goodput /s | ratio | late | p50 ms | p99 ms | 429 p99 ms | statuses |',
  );
  print('|---|---|---|---|---|---|---|---|---|---|---|');
  for (const each of figures) {
    const { name, capacity, offered, sent, goodput, late, p50Ms, p99Ms, refusalP99Ms, statuses } = each;
    const rates = [capacity, offered, sent, goodput].map((rate) => rate.toFixed(0));
    const times = [p50Ms, p99Ms, refusalP99Ms].map((ms) => ms.toFixed(1));
    const [p50, p99, refusal] = times;
    const counts = Object.entries(statuses).map(([status, count]) => `${status}: ${count}`);
    const ratio = (goodput / capacity).toFixed(2);
    print(`| ${[name, ...rates, ratio, late, p50, p99, refusal, counts.join(', ')].join(' | ')} |`);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
