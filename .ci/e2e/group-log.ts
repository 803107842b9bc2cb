import { readFile } from 'node:fs/promises';
import type { GatewayProcess } from './gateway-process.ts';

/** A line of a gateway's log, as far as the parts read it. */
export interface LogLine {
  readonly event: string;
  readonly level: string;
  readonly msg: string;
  readonly process?: number;
  readonly tookMs?: number;
}

/** The lines of one event, from the gateway's start on. Its log has to be JSON. */
export async function readLog(gateway: GatewayProcess, event: string): Promise<readonly LogLine[]> {
  const log = await readFile(gateway.process.logFile, 'utf8');
  const lines = log.split('\n').slice(0, -1); // what follows the last line end is not whole
  return lines.map((line) => JSON.parse(line) as LogLine).filter((line) => line.event === event);
}

/** Processes of the group that answer requests, as the log tells them. */
export async function servingProcesses(gateway: GatewayProcess): Promise<readonly number[]> {
  const pids = async (event: string) => (await readLog(gateway, event)).map((line) => line.process!);
  const lost = await pids('process-lost');
  return (await pids('process-serving')).filter((pid) => !lost.includes(pid));
}
