import type { ModelService } from '../lifecycle/model-service.ts';
import type { ModelStatus } from '../lifecycle/model-status.ts';

/** What the start prints: the models, and a `curl` line that works when pasted. */
export function welcome(service: ModelService, url: string): readonly string[] {
  const statuses = service.statuses();
  const lines = statuses.map((status) =>
    status.current === null
      ? `${status.name}: does not serve (${status.lastError?.message ?? 'still loading'})`
      : `${status.name}: version ${status.current.version} of ${status.uri}`,
  );
  const readiness = service.readiness();
  if (!readiness.ready) lines.push(`not ready: ${readiness.reason}`);
  const tryable =
    statuses.find((status) => status.name === service.defaultRoute) ??
    statuses.find((status) => status.ready);
  if (tryable?.current) lines.push(`try: ${curl(service, tryable, url)}`);
  lines.push(`status: ${url}/models, metrics: ${url}/metrics`);
  return lines;
}

function curl(service: ModelService, status: ModelStatus, url: string): string {
  const path =
    status.name === service.defaultRoute ? '/predict' : `/models/${encodeURIComponent(status.name)}/predict`;
  const body = JSON.stringify({ features: service.exampleRow(status.name) });
  return `curl -s ${url}${path} -d '${body.replaceAll("'", "'\\''")}'`;
}
