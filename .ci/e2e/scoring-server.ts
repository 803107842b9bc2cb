import { join } from 'node:path';
import { findFreePort, OwnedProcess } from './child-process.ts';
import { waitUntil } from './wait-until.ts';

export interface ScoringServerOptions {
  /** Holds the log. */
  readonly directory: string;
  /** Virtual environment with MLflow and what the model needs. */
  readonly venv: string;
  /** The model's directory. */
  readonly model: string;
}

/** A real `mlflow models serve` for one model. */
export class ScoringServer {
  readonly origin: string;
  readonly #process: OwnedProcess;

  private constructor(port: number, owned: OwnedProcess) {
    this.origin = `http://127.0.0.1:${port}`;
    this.#process = owned;
  }

  /** @returns a server that answers */
  static async start({ directory, venv, model }: ScoringServerOptions): Promise<ScoringServer> {
    const port = await findFreePort();
    const place = ['--host', '127.0.0.1', '--port', String(port), '--env-manager', 'local'];
    const owned = new OwnedProcess([join(venv, 'bin', 'mlflow'), 'models', 'serve', '-m', model, ...place], {
      directory,
      environment: {
        PATH: `${join(venv, 'bin')}:${process.env.PATH ?? ''}`,
        HOME: directory,
        MLFLOW_DISABLE_TELEMETRY: 'true',
        DO_NOT_TRACK: 'true',
      },
      logFile: join(directory, `serve-${port}.log`),
    });
    const server = new ScoringServer(port, owned);
    await waitUntil(
      `mlflow models serve answers for ${model}`,
      120_000,
      async () => {
        if (owned.hasExited) throw new Error(`mlflow models serve ended:\n${owned.logTail()}`);
        const response = await fetch(`${server.origin}/ping`).catch(() => null);
        await response?.text();
        return response?.ok ?? false;
      },
      200,
    );
    return server;
  }

  stop(): Promise<void> {
    return this.#process.stopGroup();
  }
}
