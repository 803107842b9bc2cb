import type { Config } from './config.ts';
import type { MemberSettings } from './processes/messages.ts';

/** What of the settings a member of the group gets. Limits of the whole are divided; a body of the allowed size always fits. */
export function memberSettings(config: Config): MemberSettings {
  const { processes, adminToken, webhookSecret, maxBodyBytes, maxBufferedBytes } = config;
  const bodyBytes = Math.min(maxBodyBytes, maxBufferedBytes);
  return {
    host: config.host,
    tls: config.tls,
    vertex: config.vertex,
    maxConcurrentRequests: Math.ceil(config.maxConcurrentRequests / processes),
    bodyTimeoutMs: config.bodyTimeoutMs,
    maxBufferedBytes: Math.max(bodyBytes, Math.floor(maxBufferedBytes / processes)),
    maxBodyBytes,
    requestTimeoutMs: config.requestTimeoutMs,
    shutdownDelayMs: config.shutdownDelayMs,
    drainTimeoutMs: config.drainTimeoutMs,
    pollIntervalMs: config.pollIntervalMs,
    ...modelShares(config, process.memoryUsage.rss()),
    logLevel: config.logLevel,
    logFormat: config.logFormat,
    adminToken: adminToken?.reveal() ?? null,
    webhookSecret: webhookSecret?.reveal() ?? null,
  };
}

/** What the models of one member may take. `memoryMaxBytes` is `null` where no limit is known. */
type ModelShares = Pick<Config, 'engineThreads' | 'memoryMaxBytes'>;

/**
 * Every member has one copy of every model.
 *
 * @param coordinatorBytes what the coordinator holds, which has no model.
 */
export function modelShares(
  { engineThreads, memoryMaxBytes, processes }: ModelShares & Pick<Config, 'processes'>,
  coordinatorBytes: number,
): ModelShares {
  const share = (whole: number) => Math.max(0, Math.floor((whole - coordinatorBytes) / processes));
  return {
    engineThreads: Math.max(1, Math.floor(engineThreads / processes)),
    memoryMaxBytes: memoryMaxBytes === null ? null : share(memoryMaxBytes),
  };
}
