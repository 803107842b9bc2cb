import { join } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';

export interface ManyModels {
  readonly names: readonly string[];
  /** Versions of each, 1 to so many, all `READY`. */
  readonly versions: number;
  /** Version → stage; the others have `None`. */
  readonly stages?: Readonly<Record<number, string>>;
  /** Alias → version. */
  readonly aliases?: Readonly<Record<string, number>>;
}

type Row = Record<string, SQLOutputValue>;

/**
 * The rows of an MLflow server's SQLite database, for what its API takes too long for (thousands of models) or cannot do
 * (a version that is not READY). The server sees the change with its next request.
 */
export class RegistryRows {
  readonly #file: string;

  /** @param directory that of the `MlflowServer`. */
  constructor(directory: string) {
    this.#file = join(directory, 'mlflow.db');
  }

  /** Adds models whose versions have the files of version 1 of the model `template`. */
  add(template: string, { names, versions, stages = {}, aliases = {} }: ManyModels): void {
    this.#write((database) => {
      const model = rowOf(database, 'registered_models', template);
      const version = rowOf(database, 'model_versions', template);
      const { workspace } = model;
      const now = Date.now();
      const times = { creation_time: now, last_updated_time: now };
      for (const name of names) {
        insert(database, 'registered_models', { ...model, ...times, name });
        for (let number = 1; number <= versions; number++) {
          const own = { name, version: number, current_stage: stages[number] ?? 'None' };
          insert(database, 'model_versions', { ...version, ...times, ...own });
        }
        for (const [alias, number] of Object.entries(aliases)) {
          const row = { name, alias, version: number, ...(workspace === undefined ? {} : { workspace }) };
          insert(database, 'registered_model_aliases', row);
        }
      }
    });
  }

  /** Sets a version's status, e.g. `PENDING_REGISTRATION`, which the open-source server never gives by itself. */
  setStatus(name: string, version: string, status: string): void {
    this.#write((database) => {
      database
        .prepare('UPDATE model_versions SET status = ? WHERE name = ? AND version = ?')
        .run(status, name, version);
    });
  }

  #write(change: (database: DatabaseSync) => void): void {
    const database = new DatabaseSync(this.#file, { timeout: 10_000 });
    try {
      database.exec('BEGIN IMMEDIATE');
      change(database);
      database.exec('COMMIT');
    } finally {
      database.close();
    }
  }
}

function rowOf(database: DatabaseSync, table: string, name: string): Row {
  const row = database.prepare(`SELECT * FROM ${table} WHERE name = ? LIMIT 1`).get(name);
  if (row === undefined) throw new Error(`no row of "${name}" in ${table}`);
  return row;
}

function insert(database: DatabaseSync, table: string, row: Row): void {
  const columns = Object.keys(row);
  const places = columns.map(() => '?').join(', ');
  database
    .prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`)
    .run(...Object.values(row));
}
