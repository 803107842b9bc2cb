import {
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { ServedModels } from '../lifecycle/served-models.ts';

/** How soon watchers hear of a change. */
const LOOK_AGAIN_MS = 500;

interface HealthRequest {
  readonly service?: string;
}

type ServingStatus = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';

export interface HealthServiceParts {
  readonly models: ServedModels;
  readonly isStopping: () => boolean;
}

/**
 * `grpc.health.v1.Health`: "" and the inference service are what `/readyz` says, and each model has its route's name.
 * Readiness is asked for at each check, never remembered. Source: gRPC health checking protocol.
 */
export class HealthService {
  readonly #parts: HealthServiceParts;
  readonly #watchers = new Map<ServerWritableStream<HealthRequest, unknown>, ServingStatus>();
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: HealthServiceParts) {
    this.#parts = parts;
  }

  readonly implementation: UntypedServiceImplementation = {
    Check: ({ request }: ServerUnaryCall<HealthRequest, unknown>, answer: sendUnaryData<unknown>) => {
      const service = request.service ?? '';
      const serving = this.#statusOf(service);
      if (serving === 'SERVICE_UNKNOWN')
        answer({ code: status.NOT_FOUND, details: 'no such service, and no model of that name' });
      else answer(null, { status: serving });
    },
    Watch: (call: ServerWritableStream<HealthRequest, unknown>) => {
      const leave = () => {
        this.#watchers.delete(call);
      };
      call.on('cancelled', leave).on('close', leave).on('error', leave);
      this.#tell(call);
      this.#timer ??= setInterval(() => this.#tellAll(), LOOK_AGAIN_MS).unref();
    },
  };

  /** Ends every watch, which would keep its connection open. Idempotent. */
  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#tellAll();
    for (const call of this.#watchers.keys()) call.end();
    this.#watchers.clear();
  }

  #tellAll(): void {
    for (const call of this.#watchers.keys()) this.#tell(call);
  }

  #tell(call: ServerWritableStream<HealthRequest, unknown>): void {
    const serving = this.#statusOf(call.request.service ?? '');
    if (this.#watchers.get(call) === serving) return;
    this.#watchers.set(call, serving);
    call.write({ status: serving });
  }

  #statusOf(service: string): ServingStatus {
    const { models, isStopping } = this.#parts;
    const wordOf = (isReady: boolean) => (isReady && !isStopping() ? 'SERVING' : 'NOT_SERVING');
    if (service === '' || service === 'inference.GRPCInferenceService')
      return wordOf(models.readiness().ready);
    if (models.configuredRoute(service) === '') return 'SERVICE_UNKNOWN';
    return wordOf(models.status(service).ready);
  }
}
