import { GatewayError } from '../errors.ts';
import type { Inference } from '../inference/inference.ts';
import type { InferenceLoader, InferenceOrder } from '../lifecycle/inference-loader.ts';
import type { ProcessGroup } from './process-group.ts';

const NO_RUNS = 'the coordinator runs no model; this is a bug';

export interface GroupLoaderParts {
  readonly group: Pick<ProcessGroup, 'load' | 'retire'>;
  /** What loading may take in all members together, in milliseconds. */
  readonly timeoutMs: number;
}

/** Brings a version into every member instead of into this process. */
export class GroupLoader implements InferenceLoader {
  readonly #parts: GroupLoaderParts;
  readonly #ids = new WeakMap<Inference, number>();
  #lastId = 0;

  constructor(parts: GroupLoaderParts) {
    this.#parts = parts;
  }

  async load(order: InferenceOrder, _reserve: unknown, signal: AbortSignal): Promise<Inference> {
    const { group, timeoutMs } = this.#parts;
    const id = ++this.#lastId;
    const timeout = new AbortController();
    const timer = setTimeout(() => {
      const text = `loading the version in every process of the group takes longer than ${timeoutMs} ms`;
      timeout.abort(new GatewayError('LOAD_TIMEOUT', text));
    }, timeoutMs);
    try {
      await group.load({ id, order }, AbortSignal.any([signal, timeout.signal]));
    } finally {
      clearTimeout(timer);
    }
    const inference = createRemoteInference(order, () => group.retire(id));
    this.#ids.set(inference, id);
    return inference;
  }

  /** The servables in the members that stand for this inference. */
  idOf(inference: Inference): number {
    const id = this.#ids.get(inference);
    if (id === undefined) throw new Error('the inference is not of this group; this is a bug');
    return id;
  }
}

/** Stands for the servables in the members; requests never come here. */
function createRemoteInference({ placement }: InferenceOrder, retire: () => Promise<void>): Inference {
  let closing: Promise<void> | null = null;
  return {
    queuedRows: 0,
    status: { placement: placement.placement, moved: null, inline: null, worker: null, threads: 0 },
    admit: () => {
      throw new Error(NO_RUNS);
    },
    infer: () => Promise.reject(new Error(NO_RUNS)),
    close: () => {
      closing ??= retire();
      return closing;
    },
  };
}
