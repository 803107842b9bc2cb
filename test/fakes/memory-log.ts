import type { Log, LogFields } from '../../src/observability/log.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'audit';
  readonly event: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps every line. */
export class MemoryLog implements Log {
  readonly lines: LogLine[] = [];

  debug = this.#writer('debug');
  info = this.#writer('info');
  warn = this.#writer('warn');
  error = this.#writer('error');
  audit = this.#writer('audit');

  flush(): void {}

  #writer(level: LogLine['level']) {
    return (event: string, message: string, fields: LogFields = {}) => {
      this.lines.push({ level, event, message, fields });
    };
  }
}
