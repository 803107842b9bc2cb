import { pino } from 'pino';
import { PinoPretty } from 'pino-pretty';

export type LogFields = Readonly<Record<string, unknown>>;

/** One JSON object a line, or readable lines on a terminal. `event` is a stable word for machines, `message` for people. */
export interface Log {
  debug(event: string, message: string, fields?: LogFields): void;
  info(event: string, message: string, fields?: LogFields): void;
  warn(event: string, message: string, fields?: LogFields): void;
  error(event: string, message: string, fields?: LogFields): void;
  /** What operators did and where pointers moved. Written at every level but `silent`. */
  audit(event: string, message: string, fields?: LogFields): void;
  /** Writes what is still buffered. */
  flush(): void;
}

export interface LogOptions {
  readonly level: string;
  readonly format: 'json' | 'pretty';
  /** 1 under `serve`, where the log is the output; 2 elsewhere. */
  readonly fileDescriptor: 1 | 2;
  /** Stand on every line. */
  readonly fields?: LogFields;
}

/** The log of the process. The only place that knows pino. */
export function createLog(options: LogOptions): Log {
  const { level, format, fileDescriptor } = options;
  const destination =
    format === 'pretty'
      ? PinoPretty({
          destination: fileDescriptor,
          sync: true,
          ignore: 'pid,hostname',
          translateTime: 'SYS:HH:MM:ss.l',
        })
      : pino.destination({ fd: fileDescriptor, sync: true });
  const logger = pino(
    {
      level,
      base: options.fields ?? null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  // No failure, so never above `info`; and needed where only failures are logged.
  const auditor = level === 'silent' ? logger : logger.child({}, { level: 'info' });
  const write =
    (method: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, message: string, fields: LogFields = {}): void =>
      logger[method]({ event, ...fields }, message);
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    audit: (event, message, fields = {}) => auditor.info({ event, audit: true, ...fields }, message),
    flush: () => logger.flush(),
  };
}
