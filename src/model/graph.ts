import type { TensorSpec } from './tensor.ts';

/** Session settings that a model may ask for (MLmodel's `onnx_session_options`), already reduced to what is honoured. */
export interface GraphOptions {
  readonly intraOpThreads: number;
  readonly interOpThreads: number;
  readonly executionMode: 'sequential' | 'parallel';
  readonly optimizationLevel: 'disabled' | 'basic' | 'extended' | 'all';
}

/** What to load, and which outputs to fetch. */
export interface Graph {
  readonly path: string;
  readonly inputs: readonly TensorSpec[];
  /** Only these are fetched; a graph may have others that are no tensors. */
  readonly outputs: readonly TensorSpec[];
  readonly options: GraphOptions;
}
