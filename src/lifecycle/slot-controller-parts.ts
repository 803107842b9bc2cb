import type { ModelUri } from '../model/model-uri.ts';
import type { PointerState } from '../registry/model-registry.ts';
import type { KeptFiles } from './kept-files.ts';
import type { LifecycleEvents } from './lifecycle-events.ts';
import type { ModelPolicy } from './model-policy.ts';
import type { Servable } from './servable.ts';
import type { StateFile } from './state-file.ts';
import type { LoadRequest } from './version-loader.ts';

/** What a `SlotController` is made with. */
export interface SlotControllerParts {
  readonly route: string;
  readonly uri: ModelUri;
  readonly policy: ModelPolicy;
  readonly load: (request: LoadRequest, signal: AbortSignal) => Promise<Servable>;
  /** Reads a pointer directly, to be sure that it is gone. */
  readonly readPointer: (uri: ModelUri, signal: AbortSignal) => Promise<PointerState>;
  readonly state: StateFile;
  readonly files: KeptFiles;
  readonly events: LifecycleEvents;
  readonly whenUnassigned: 'keep' | 'unload';
  readonly pollIntervalMs: number;
  /** In ms since the epoch. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}
