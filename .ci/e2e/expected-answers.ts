import { readFile } from 'node:fs/promises';

interface RowAnswer {
  readonly label: number;
  readonly probabilities: Readonly<Record<string, number>>;
}

interface ExpectedFile {
  readonly rows: readonly (readonly number[])[];
  readonly versions: Readonly<Record<string, readonly RowAnswer[]>>;
}

export interface Question {
  readonly path: string;
  readonly body: string;
  /** Says what is wrong with the answer of the version that the answer names, or null. */
  problemOf(version: string, answer: unknown): string | null;
}

const rowsPerLargeQuestion = 5;

/** What python onnxruntime computed for the same graphs, so that every answer can be checked against its version. */
export class ExpectedAnswers {
  readonly #rows: ExpectedFile['rows'];
  readonly #versions: ExpectedFile['versions'];

  private constructor(file: ExpectedFile) {
    this.#rows = file.rows;
    this.#versions = file.versions;
  }

  static async read(path: string): Promise<ExpectedAnswers> {
    return new ExpectedAnswers(JSON.parse(await readFile(path, 'utf8')) as ExpectedFile);
  }

  /** Questions in turn for one row, one row with all probabilities, and several rows. */
  questions(route: string): Question[] {
    return this.#rows.map((row, index) => {
      if (index % 3 === 0) {
        return this.#singleRow(`/models/${route}/predict`, row, index, false);
      }
      return index % 3 === 1
        ? this.#singleRow(`/models/${route}/predict?probabilities=all`, row, index, true)
        : this.#severalRows(`/models/${route}/predict?probabilities=all`, index);
    });
  }

  #singleRow(path: string, row: readonly number[], index: number, hasAll: boolean): Question {
    return {
      path,
      body: JSON.stringify({ features: row }),
      problemOf: (version, answer) => this.#rowProblem(version, index, answer, hasAll),
    };
  }

  #severalRows(path: string, first: number): Question {
    const indexes = Array.from({ length: rowsPerLargeQuestion }, (_, i) => (first + i) % this.#rows.length);
    return {
      path,
      body: JSON.stringify({ features: indexes.map((index) => this.#rows[index]) }),
      problemOf: (version, answer) => {
        const predictions = (answer as { predictions?: unknown[] }).predictions;
        if (predictions?.length !== indexes.length) {
          return `${predictions?.length} predictions for ${indexes.length} rows`;
        }
        const problems = indexes.map((index, i) => this.#rowProblem(version, index, predictions[i], true));
        return problems.find((problem) => problem !== null) ?? null;
      },
    };
  }

  #rowProblem(version: string, index: number, answer: unknown, hasAll: boolean): string | null {
    const expected = this.#versions[version]?.[index];
    if (expected === undefined) {
      return `version "${version}" is not one of the test's`;
    }
    const given = answer as Partial<{
      prediction: number;
      probability: number;
      probabilities: Record<string, number>;
    }>;
    const best = Math.max(...Object.values(expected.probabilities));
    if (given.prediction !== expected.label || !isClose(given.probability, best)) {
      return `row ${index} of version ${version} is ${expected.label} with ${best}, not ${JSON.stringify(answer)}`;
    }
    const isWrong = ([label, score]: [string, number]) => !isClose(given.probabilities?.[label], score);
    return hasAll && Object.entries(expected.probabilities).some(isWrong)
      ? `row ${index} of version ${version} has other probabilities: ${JSON.stringify(answer)}`
      : null;
  }
}

// The last float32 digit depends on how many rows run together.
function isClose(given: number | undefined, expected: number): boolean {
  return given !== undefined && Math.abs(given - expected) <= 1e-6 * Math.max(1, Math.abs(expected));
}
