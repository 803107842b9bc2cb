import type { Config } from './config.ts';
import type { MemberSettings } from './processes/messages.ts';

/** What of the settings a member of the group gets. Limits of the whole are divided; a body of the allowed size always fits. */
export function memberSettings(config: Config): MemberSettings {
  const { processes, adminToken, maxBodyBytes, maxBufferedBytes } = config;
  const bodyBytes = Math.min(maxBodyBytes, maxBufferedBytes);
  return {
    host: config.host,
    maxConcurrentRequests: Math.ceil(config.maxConcurrentRequests / processes),
    bodyTimeoutMs: config.bodyTimeoutMs,
    maxBufferedBytes: Math.max(bodyBytes, Math.floor(maxBufferedBytes / processes)),
    maxBodyBytes,
    requestTimeoutMs: config.requestTimeoutMs,
    shutdownDelayMs: config.shutdownDelayMs,
    drainTimeoutMs: config.drainTimeoutMs,
    pollIntervalMs: config.pollIntervalMs,
    engineThreads: Math.max(1, Math.floor(config.engineThreads / processes)),
    memoryMaxBytes: memoryShare(config, process.memoryUsage.rss()),
    logLevel: config.logLevel,
    logFormat: config.logFormat,
    adminToken: adminToken?.reveal() ?? null,
  };
}

/**
 * What one member may hold, one copy of every model among it.
 *
 * @param coordinatorBytes what the coordinator holds, which has no model.
 * @returns `null`: no limit is known.
 */
export function memoryShare({ memoryMaxBytes, processes }: Config, coordinatorBytes: number): number | null {
  if (memoryMaxBytes === null) return null;
  return Math.max(0, Math.floor((memoryMaxBytes - coordinatorBytes) / processes));
}
