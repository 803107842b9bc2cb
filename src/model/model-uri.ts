import { GatewayError } from '../errors.ts';

/** What a `models:/` URI names. `latest` is the highest version number, whatever its stage. */
export type Pointer =
  | { readonly kind: 'stage'; readonly stage: string }
  | { readonly kind: 'alias'; readonly alias: string }
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'latest' };

/** A parsed `models:/…` URI. `name` is `*` for every registered model that has the pointer. */
export interface ModelUri {
  readonly name: string;
  readonly pointer: Pointer;
}

const FORMS = 'write models:/NAME/STAGE, models:/NAME@ALIAS, models:/NAME/VERSION or models:/NAME/latest';

/**
 * Parses as MLflow 3.x does (no percent-decoding; a digit-only suffix is a version, `latest` in any case, else a
 * stage; the last `@` splits off an alias).
 *
 * @throws GatewayError INVALID_SETTING naming the URI and what is allowed.
 */
export function parseModelUri(text: string): ModelUri {
  const invalid = (why: string) =>
    new GatewayError('INVALID_SETTING', `model URI "${text}" ${why}; ${FORMS}`);
  if (!text.startsWith('models:/')) throw invalid('does not begin with "models:/"');
  const path = text.slice('models:'.length).replace(/^\/+/, '').replace(/\/$/, '');
  const parts = path.split('/');
  if (parts.length > 2 || parts.some((part) => part.trim() === '')) throw invalid('is malformed');
  const [first, suffix] = parts as [string, string | undefined];
  if (suffix !== undefined) return { name: first, pointer: parseSuffix(suffix) };
  const at = first.lastIndexOf('@');
  if (at < 0) throw invalid('names no stage, alias or version (logged-model ids have no pointer to follow)');
  const name = first.slice(0, at);
  const alias = first.slice(at + 1);
  if (name.trim() === '' || alias.trim() === '') throw invalid('is malformed');
  if (alias.toLowerCase() === 'latest') return { name, pointer: { kind: 'latest' } };
  return { name, pointer: { kind: 'alias', alias } };
}

function parseSuffix(suffix: string): Pointer {
  if (/^\d+$/.test(suffix)) return { kind: 'version', version: String(BigInt(suffix)) };
  if (suffix.toLowerCase() === 'latest') return { kind: 'latest' };
  return { kind: 'stage', stage: canonicalStage(suffix) };
}

/** MLflow's spelling of the four stages that it knows; any other text unchanged. */
export function canonicalStage(stage: string): string {
  const known = ['None', 'Staging', 'Production', 'Archived'];
  return known.find((name) => name.toLowerCase() === stage.toLowerCase()) ?? stage;
}

/** The inverse of `parseModelUri`. */
export function formatModelUri(uri: ModelUri): string {
  const { name, pointer } = uri;
  switch (pointer.kind) {
    case 'stage':
      return `models:/${name}/${pointer.stage}`;
    case 'alias':
      return `models:/${name}@${pointer.alias}`;
    case 'version':
      return `models:/${name}/${pointer.version}`;
    case 'latest':
      return `models:/${name}/latest`;
  }
}
