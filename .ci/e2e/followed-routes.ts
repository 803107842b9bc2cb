import { readFile } from 'node:fs/promises';
import type { GatewayProcess, ModelStatus } from './gateway-process.ts';
import type { Report } from './report.ts';
import { waitUntil } from './wait-until.ts';

/** What the cases read of `GET /models/{model}` besides. */
export interface PointerStatus extends ModelStatus {
  readonly notes: readonly string[];
  readonly crossCheck: { readonly uri: string; readonly agrees: boolean } | null;
}

const patienceMs = 15_000;

/** A gateway whose routes each stand for a case: tells whether they come to what is claimed of them. */
export class FollowedRoutes {
  readonly gateway: GatewayProcess;
  readonly #report: Report;
  readonly #prefix: string;

  /** @param prefix of every line of the report */
  constructor(gateway: GatewayProcess, report: Report, prefix: string) {
    this.gateway = gateway;
    this.#report = report;
    this.#prefix = prefix;
  }

  async status(route: string): Promise<PointerStatus> {
    return (await this.gateway.status(encodeURIComponent(route))) as PointerStatus;
  }

  /** Claims that the status of a route comes to hold, within a few polls and a load. */
  async comesTo(claim: string, route: string, holds: (status: PointerStatus) => boolean): Promise<void> {
    let last: PointerStatus | null = null;
    const isSo = async () => {
      if (this.gateway.process.hasExited) throw new Error(this.gateway.process.logTail());
      last = await this.status(route);
      return last.current !== undefined && holds(last);
    };
    const happened = await waitUntil(claim, patienceMs, isSo).then(
      () => true,
      () => false,
    );
    this.claim(claim, happened, shorten(last));
  }

  serves(claim: string, route: string, version: string): Promise<void> {
    return this.comesTo(claim, route, ({ current }) => current?.version === version);
  }

  /** Claims that a version goes on serving though its pointer is in trouble, and that the status says how. */
  keeps(claim: string, route: string, version: string, trouble: RegExp): Promise<void> {
    return this.comesTo(
      claim,
      route,
      ({ current, lastError }) =>
        current?.version === version && trouble.test(`${lastError?.code}: ${lastError?.message}`),
    );
  }

  claim(claim: string, holds: boolean, detail: unknown = ''): void {
    this.#report.check(`${this.#prefix}: ${claim}`, holds, detail);
  }

  /** How many lines of the log say this. */
  async logLines(event: string, text: string): Promise<number> {
    const lines = (await readFile(this.gateway.process.logFile, 'utf8')).split('\n');
    return lines.filter((line) => line.includes(`"${event}"`) && line.includes(text)).length;
  }
}

function shorten(status: PointerStatus | null): unknown {
  if (status === null) return 'no status';
  const { current, desired, lastError, notes, crossCheck } = status;
  return { current: current?.version, desired: desired?.version, lastError, notes, crossCheck };
}
