import type { MetricValues } from '../observability/metrics.ts';
import { keepCounts, printSum, sumMetrics, withoutVersion } from '../observability/sum-metrics.ts';

export interface GroupMetricsParts {
  /** What the coordinator itself has counted: all that happens to versions. */
  readonly own: () => Promise<MetricValues>;
  readonly members: () => Promise<readonly MetricValues[]>;
}

/**
 * The metrics of the whole group. What a member that died had counted at the last scrape stays in the sums, so that
 * they never go back; what it counted after that is lost.
 */
export class GroupMetrics {
  readonly #parts: GroupMetricsParts;
  #lost: MetricValues = [];

  constructor(parts: GroupMetricsParts) {
    this.#parts = parts;
  }

  /** Prometheus text. */
  async scrape(): Promise<string> {
    return printSum(await this.#all());
  }

  async values(): Promise<MetricValues> {
    return sumMetrics(await this.#all());
  }

  async #all(): Promise<readonly MetricValues[]> {
    const [own, members] = await Promise.all([this.#parts.own(), this.#parts.members()]);
    return [own, ...members, this.#lost];
  }

  /** @param values what a member that is gone had counted. */
  addLost(values: MetricValues): void {
    this.#lost = sumMetrics([this.#lost, keepCounts(values)]);
  }

  /** Removes the series of a version from what members that are gone had counted; the others remove them themselves. */
  drop(model: string, version: string): void {
    this.#lost = withoutVersion(this.#lost, model, version);
  }
}
