import type { GraphOptions } from '../../model/graph.ts';
import { quote } from './quote.ts';

export interface SessionOptions {
  readonly options: GraphOptions;
  readonly notes: readonly string[];
}

const LEVELS: ReadonlyMap<unknown, GraphOptions['optimizationLevel']> = new Map<
  unknown,
  GraphOptions['optimizationLevel']
>([
  [0, 'disabled'],
  [1, 'basic'],
  [2, 'extended'],
  [99, 'all'],
]);

/**
 * What is honoured of MLmodel's `onnx_session_options`: thread counts up to `maxThreads`, execution mode and
 * optimisation level. Everything else gives a note.
 */
export function sessionOptionsOf(wanted: unknown, maxThreads: number): SessionOptions {
  const options: { -readonly [Key in keyof GraphOptions]: GraphOptions[Key] } = {
    intraOpThreads: 1,
    interOpThreads: 1,
    executionMode: 'sequential',
    optimizationLevel: 'all',
  };
  const notes: string[] = [];
  for (const [key, value] of Object.entries(isMap(wanted) ? wanted : {})) {
    if (value === null) continue;
    const level = key === 'graph_optimization_level' ? LEVELS.get(value) : undefined;
    if (level !== undefined) options.optimizationLevel = level;
    else if (key === 'execution_mode' && (value === 'sequential' || value === 'parallel'))
      options.executionMode = value;
    else if (key === 'intra_op_num_threads' && isThreadCount(value))
      options.intraOpThreads = capped(key, value);
    else if (key === 'inter_op_num_threads' && isThreadCount(value))
      options.interOpThreads = capped(key, value);
    else notes.push(`onnx_session_options: ${quote(key)} is ignored`);
  }
  return { options, notes };

  function capped(key: string, value: number): number {
    // 0 asks onnxruntime for a thread on every core.
    if (value > 0 && value <= maxThreads) return value;
    notes.push(`onnx_session_options: ${key} is ${value} and was set to ${maxThreads}`);
    return maxThreads;
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isThreadCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
