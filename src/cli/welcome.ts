import type { Gateway } from '../gateway.ts';
import type { ModelService } from '../lifecycle/model-service.ts';

/** Longer rows (an image, say) are not worth a line in a log. */
const MAX_EXAMPLE_CHARACTERS = 2_000;

/** What the start prints: the models, and a `curl` line that works when pasted. */
export function welcome({ service, url, metricsUrl }: WelcomedGateway): readonly string[] {
  const statuses = service.statuses();
  const lines = statuses.map((status) =>
    status.current === null
      ? `${status.name}: does not serve (${status.lastError?.message ?? 'still loading'})`
      : `${status.name}: version ${status.current.version} of ${status.uri}`,
  );
  const readiness = service.readiness();
  if (!readiness.ready) lines.push(`not ready: ${readiness.reason}`);
  const serving = statuses.filter((status) => status.ready);
  const tryable = serving.find((status) => status.name === service.defaultRoute) ?? serving[0];
  const example = tryable === undefined ? null : curl(service, tryable.name, url);
  if (example !== null) lines.push(`try: ${example}`);
  lines.push(`status: ${url}/models, metrics: ${metricsUrl}/metrics`);
  return lines;
}

export interface WelcomedGateway extends Pick<Gateway, 'url' | 'metricsUrl'> {
  readonly service: Pick<ModelService, 'statuses' | 'readiness' | 'defaultRoute' | 'exampleRow'>;
}

/** `null` if there is no row that could be shown. */
function curl(service: WelcomedGateway['service'], name: string, url: string): string | null {
  const row = service.exampleRow(name);
  const body = JSON.stringify({ features: row });
  if (row === null || body.length > MAX_EXAMPLE_CHARACTERS) return null;
  const path = name === service.defaultRoute ? '/predict' : `/models/${encodeURIComponent(name)}/predict`;
  return `curl -s ${shellWord(url + path)} -d ${quote(body)}`;
}

function shellWord(text: string): string {
  return /^[\w:/.~%-]+$/.test(text) ? text : quote(text);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
