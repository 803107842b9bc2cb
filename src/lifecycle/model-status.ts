import type { ErrorCode } from '../errors.ts';
import type { ConversionReport } from '../formats/model-format.ts';
import { isSameVersion, type ModelVersion } from '../model/model-version.ts';
import { PRECISION_NAMES } from '../model/precision.ts';
import type { Signature } from '../model/signature.ts';
import type { PlacementStatus, Servable } from './servable.ts';
import type { SlotController } from './slot-controller.ts';

/** A version as the status shows it; what only a loaded version has is `null` for others. */
export interface VersionStatus {
  readonly version: string;
  readonly runId: string | null;
  readonly digest: string | null;
  readonly loadedAt: string | null;
}

/** The state of one route, for `GET /models/{model}`. Times are ISO 8601. */
export interface ModelStatus {
  readonly name: string;
  readonly registeredName: string;
  readonly uri: string;
  readonly ready: boolean;
  readonly current: VersionStatus | null;
  readonly desired: VersionStatus | null;
  readonly previous: VersionStatus | null;
  readonly loading: VersionStatus | null;
  readonly draining: readonly VersionStatus[];
  readonly hold: { readonly kind: 'pin' | 'rollback'; readonly version: string } | null;
  readonly lastError: { readonly code: ErrorCode; readonly message: string; readonly at: string } | null;
  readonly nextRetryAt: string | null;
  readonly notes: readonly string[];
  /** The pointer that this one is compared with; `null` if none is configured, or it could not be read yet. */
  readonly crossCheck: { readonly uri: string; readonly agrees: boolean } | null;
  readonly inputs: Signature['inputs'] | null;
  readonly outputs: Signature['outputs'] | null;
  readonly labels: readonly string[] | null;
  readonly signature: {
    readonly source: Signature['source'];
    readonly task: string;
    /** Only for classifiers: whether `probability` is answered. */
    readonly probabilities: boolean | null;
    readonly columns: readonly {
      readonly name: string | null;
      readonly type: string;
      readonly required: boolean;
      readonly nullable: boolean;
    }[];
  } | null;
  /** How the graph was made of a scikit-learn, XGBoost or LightGBM model; `null` if the version holds the graph. */
  readonly conversion: (Omit<ConversionReport, 'precision'> & { readonly precision: string }) | null;
  readonly placement: PlacementStatus | null;
}

export function describeSlot(controller: SlotController): ModelStatus {
  const { slot, pointer, hold, lastError, loading } = controller;
  const { current } = slot;
  const servables = [current, slot.previous?.servable ?? null].filter((servable) => servable !== null);
  const describe = (version: ModelVersion | null) => version && describeVersion(version, servables);
  return {
    name: controller.route,
    registeredName: controller.registeredName,
    uri: controller.uriText,
    ready: current !== null,
    current: describe(current?.version ?? null),
    desired: describe(pointer.desired),
    previous: describe(slot.previous?.version ?? null),
    loading: describe(loading),
    draining: slot.draining.map((servable) => describeVersion(servable.version, [servable])),
    hold: hold && { kind: hold.kind, version: hold.version.version },
    lastError: lastError && {
      code: lastError.code,
      message: lastError.message,
      at: lastError.at.toISOString(),
    },
    nextRetryAt:
      lastError === null || lastError.retryAt === null ? null : new Date(lastError.retryAt).toISOString(),
    notes: [...pointer.notes, ...(current?.notes ?? [])],
    crossCheck: pointer.crossCheck && {
      uri: pointer.crossCheck.uri,
      agrees: pointer.crossCheck.disagreement === null,
    },
    inputs: current?.signature.inputs ?? null,
    outputs: current?.signature.outputs ?? null,
    labels: current && describeLabels(current.signature),
    signature: current && describeSignature(current.signature),
    conversion: describeConversion(current?.conversion ?? null),
    placement: current?.placement ?? null,
  };
}

function describeVersion(version: ModelVersion, servables: readonly Servable[]): VersionStatus {
  const servable = servables.find((candidate) => isSameVersion(candidate.version, version));
  return {
    version: version.version,
    runId: version.runId,
    digest: servable?.digest ?? null,
    loadedAt: servable?.loadedAt.toISOString() ?? null,
  };
}

function describeConversion(report: ConversionReport | null): ModelStatus['conversion'] {
  return report && { ...report, precision: PRECISION_NAMES[report.precision] };
}

/** As text, because a label may be a 64-bit integer. */
function describeLabels(signature: Signature): readonly string[] | null {
  const { task } = signature;
  return task.kind === 'classifier' && task.labels !== null ? task.labels.map(String) : null;
}

function describeSignature(signature: Signature): ModelStatus['signature'] {
  const { task } = signature;
  return {
    source: signature.source,
    task: task.kind,
    probabilities: task.kind === 'classifier' ? task.scores === 'probabilities' : null,
    columns: signature.columns.map(({ name, type, required, takesNaN }) => ({
      name,
      type,
      required,
      nullable: takesNaN,
    })),
  };
}
