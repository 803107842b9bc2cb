import { canonicalStage, type Pointer } from './model-uri.ts';

/** Which version of a model a request wants, if not the one that its route serves. */
export type VersionChoice =
  | { readonly kind: 'version'; readonly version: string }
  /** An alias or a stage of the registered model, in the word of TensorFlow Serving. */
  | { readonly kind: 'label'; readonly label: string };

const STAGES: readonly string[] = ['None', 'Staging', 'Production', 'Archived'];

/** The pointer that a choice names. MLflow's stages are known in any case; every other label is an alias. */
export function pointerOfChoice(choice: VersionChoice): Pointer {
  if (choice.kind === 'version') return { kind: 'version', version: choice.version };
  const { label } = choice;
  if (label.toLowerCase() === 'latest') return { kind: 'latest' };
  const stage = canonicalStage(label);
  return STAGES.includes(stage) ? { kind: 'stage', stage } : { kind: 'alias', alias: label };
}
