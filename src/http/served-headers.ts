import type { RoutedLease } from '../lifecycle/served-models.ts';
import { headerText } from './header-text.ts';

/** Names and values by turns of what an answer says of who computed it (contract section 6), added to `headers`. */
export function addServedHeaders(headers: string[], served: RoutedLease | null): void {
  if (served === null) return;
  const { name, version, runId } = served.lease.servable.version;
  headers.push('x-model-name', headerText(name), 'x-model-version', version);
  if (runId !== null) headers.push('x-model-run-id', headerText(runId));
}
