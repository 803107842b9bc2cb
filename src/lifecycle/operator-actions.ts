import { GatewayError } from '../errors.ts';
import type { ModelVersion } from '../model/model-version.ts';
import { isSameVersion } from '../model/model-version.ts';
import type { ModelRegistry } from '../registry/model-registry.ts';
import type { RegistryWatcher } from './registry-watcher.ts';
import type { SlotController } from './slot-controller.ts';
import type { Hold } from './state-file.ts';

/** How long an operator's call waits for a load before it answers that the load still runs. */
const PATIENCE_MS = 10_000;

/** Whether what the operator asked for is done, or still being loaded. */
export type OperatorOutcome = 'done' | 'loading';

/** What operators do to one slot. Each is an ordinary change of what is wanted; the slot does the rest. */
export class OperatorActions {
  readonly #registry: ModelRegistry;
  readonly #watcher: Pick<RegistryWatcher, 'refresh'>;
  readonly #patienceMs: number;

  constructor(
    registry: ModelRegistry,
    watcher: Pick<RegistryWatcher, 'refresh'>,
    patienceMs: number = PATIENCE_MS,
  ) {
    this.#registry = registry;
    this.#watcher = watcher;
    this.#patienceMs = patienceMs;
  }

  /**
   * Back to the previous version, held until the pointer changes.
   *
   * @throws GatewayError NO_PREVIOUS_VERSION; LOAD_FAILED if it has to be loaded and cannot be.
   */
  async rollback(controller: SlotController): Promise<OperatorOutcome> {
    const { previous } = controller.slot;
    if (previous === null) {
      throw new GatewayError(
        'NO_PREVIOUS_VERSION',
        `model "${controller.route}" has no previous version to go back to`,
      );
    }
    return this.#hold(controller, 'rollback', previous.version);
  }

  /**
   * Serves `version` whatever the pointer names, until the pin is taken away.
   *
   * @throws GatewayError VERSION_NOT_FOUND, LOAD_FAILED, or what the registry throws.
   */
  async pin(controller: SlotController, version: string): Promise<OperatorOutcome> {
    const { slot } = controller;
    const known = [slot.current?.version ?? null, slot.previous?.version ?? null].find(
      (candidate) => candidate?.version === version,
    );
    const wanted = known ?? (await this.#findVersion(controller, version));
    return this.#hold(controller, 'pin', wanted);
  }

  /** Follows the pointer again. */
  async unpin(controller: SlotController): Promise<OperatorOutcome> {
    await controller.setHold(null);
    return this.#wait(controller);
  }

  /** Reads the pointer now, and tries again what had failed. */
  async refresh(controller: SlotController): Promise<OperatorOutcome> {
    await this.#watcher.refresh();
    await controller.forgive();
    return this.#wait(controller);
  }

  async #hold(
    controller: SlotController,
    kind: 'pin' | 'rollback',
    version: ModelVersion,
  ): Promise<OperatorOutcome> {
    const before = controller.hold;
    const hold: Hold = { kind, version, desired: controller.pointer.desired };
    await controller.setHold(hold);
    const outcome = await this.#wait(controller);
    if (controller.hold !== hold) {
      throw new GatewayError(
        'LOAD_FAILED',
        `version "${version.version}" of model "${controller.route}" is not wanted any more: ` +
          'another call, or the pointer, has changed what is to serve',
      );
    }
    if (outcome === 'loading' || isSameVersion(controller.slot.current?.version ?? null, version))
      return outcome;
    const failure = controller.lastError;
    await controller.setHold(before);
    throw new GatewayError(
      'LOAD_FAILED',
      `version "${version.version}" of model "${controller.route}" cannot serve: ${failure?.message ?? 'it did not load'}`,
    );
  }

  async #findVersion(controller: SlotController, version: string): Promise<ModelVersion> {
    const name = controller.registeredName;
    const uri = { name, pointer: { kind: 'version', version } } as const;
    const state = await this.#registry.read(uri, AbortSignal.timeout(this.#patienceMs));
    if (state.outcome === 'found') return state.version;
    if (state.outcome === 'failed') throw state.error;
    throw new GatewayError('VERSION_NOT_FOUND', state.reason);
  }

  async #wait(controller: SlotController): Promise<OperatorOutcome> {
    await controller.settled(AbortSignal.timeout(this.#patienceMs));
    return controller.loading === null ? 'done' : 'loading';
  }
}
