import { GatewayError } from '../errors.ts';
import type { ArtifactSource } from './artifact-source.ts';
import { printableLocation } from './printable-location.ts';

/** @throws GatewayError ARTIFACT_FORBIDDEN that says what to do about a place that no source is for. */
export function pickSource(sources: readonly ArtifactSource[], location: string): ArtifactSource {
  const source = sources.find((candidate) => candidate.accepts(location));
  if (source !== undefined) return source;
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(location)?.[1]?.toLowerCase();
  const where = `artifacts at "${printableLocation(location)}" cannot be fetched`;
  if (scheme === undefined)
    throw new GatewayError('ARTIFACT_FORBIDDEN', `${where}: that is not a URL of a known kind`);
  if (scheme === 'mlflow-artifacts')
    throw new GatewayError('ARTIFACT_FORBIDDEN', `${where}: no MLflow server is followed`);
  throw new GatewayError(
    'ARTIFACT_FORBIDDEN',
    `${where}: "${scheme}:" is not supported yet; let the MLflow server serve its artifacts (--serve-artifacts with --artifacts-destination)`,
  );
}
