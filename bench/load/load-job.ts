/** What the load generator is asked to do to one server. */
export interface LoadJob {
  readonly port: number;
  /** Whole HTTP requests as they go over the wire, sent in turn. */
  readonly requests: readonly Uint8Array[];
  readonly connections: number;
  /** Requests a second of the open loop; null: each connection sends as soon as it has its answer (closed loop). */
  readonly rate: number | null;
  /** Load before the measurement, which warms the server up. */
  readonly leadMs: number;
  readonly measureMs: number;
  /** The server's process; the processor time of it and its descendants is measured. */
  readonly serverPid: number;
}

/** What one job measured. Latencies of the open loop count from the moment at which a request was due. */
export interface LoadResult {
  readonly answers: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Null if there were fewer than a thousand answers. */
  readonly p999Ms: number | null;
  readonly maxMs: number;
  /** Of the server, per answer in the measured time. */
  readonly cpuMicrosPerRequest: number;
  /** Of the load generator, as a share of a core. Near 1 in a closed loop, it was the generator that was measured. */
  readonly generatorBusy: number;
  /** What other processes, and the host, took of the servers' core: a share of it. Means nothing where nothing is pinned. */
  readonly othersBusy: number;
  /** Why the figures are void; null if they hold. */
  readonly failure: string | null;
}
