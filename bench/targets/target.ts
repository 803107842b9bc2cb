import type { BenchModel, RowAnswer } from '../models/bench-model.ts';

/** Directories of the Python environments' commands. */
export interface PeerEnvironments {
  /** FastAPI, MLflow, scikit-learn, onnxruntime. */
  readonly peers: string;
  readonly mlserver: string;
}

export interface StartContext {
  readonly model: BenchModel;
  readonly port: number;
  /** A fresh directory for this start alone. */
  readonly scratch: string;
  readonly environments: PeerEnvironments;
  /** The gateway's entry, absolute: `dist/main.js` or `src/main.ts`. */
  readonly entry: string;
}

export interface ServerCommand {
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface WireRequest {
  readonly path: string;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** A server that is measured, or one of its protocols. */
export interface Target {
  readonly name: string;
  /** What the tables and the chart call it. */
  readonly title: string;
  /** The environment that it needs; null: Node alone. */
  readonly needs: keyof PeerEnvironments | null;
  /** Targets with the same server name share a process: protocols of one server. */
  readonly server: string;
  /** False: its answers are no model's, and are not checked. */
  readonly answersModel: boolean;
  /** True: what the server keeps in `scratch` makes its next start there quicker. */
  readonly keepsCache: boolean;
  /** Writes what the server reads at its start into `context.scratch`. */
  start(context: StartContext): ServerCommand | Promise<ServerCommand>;
  /** A request for these rows; `isSingle`: by the form for one row, where the protocol has one. */
  ask(model: BenchModel, rows: readonly (readonly number[])[], isSingle: boolean): WireRequest;
  /** The answers in the body of a 200 to `ask`. @throws if the body does not hold them */
  read(body: Uint8Array, isSingle: boolean): readonly RowAnswer[];
}
