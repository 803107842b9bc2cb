import type { ErrorCode } from '../errors.ts';
import type { ModelStatus } from '../lifecycle/model-status.ts';

/** What the gauges of a model are set from. */
export interface ModelReadiness {
  readonly route: string;
  readonly isReady: boolean;
  /** Whether its pointer names the same version as the one that it is compared with; `null` without one. */
  readonly agrees: boolean | null;
  /** Why what is wanted does not serve; `null` if it does. */
  readonly errorCode: ErrorCode | null;
}

export function modelReadiness({ name, ready, crossCheck, lastError }: ModelStatus): ModelReadiness {
  return {
    route: name,
    isReady: ready,
    agrees: crossCheck?.agrees ?? null,
    errorCode: lastError?.code ?? null,
  };
}
