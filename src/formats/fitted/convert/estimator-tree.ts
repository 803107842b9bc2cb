interface Branch {
  readonly name: string;
  readonly children: Branch[];
}

const MAX_CHARACTERS = 500;

/** Which estimators a model is made of, in short: `Pipeline(StandardScaler, LogisticRegression)`. */
export class EstimatorTree {
  readonly #root: Branch = { name: '', children: [] };
  #current = this.#root;

  /** Does `work` with an estimator of this class below the one that is being converted. */
  within<T>(name: string, work: () => T): T {
    const parent = this.#current;
    const branch = { name, children: [] };
    parent.children.push(branch);
    this.#current = branch;
    try {
      return work();
    } finally {
      this.#current = parent;
    }
  }

  /** Equal neighbours are counted: `BaggingClassifier(DecisionTreeClassifier × 10)`. */
  toString(): string {
    const text = joined(this.#root.children);
    return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS - 1)}…` : text;
  }
}

function joined(branches: readonly Branch[]): string {
  const runs: { text: string; count: number }[] = [];
  for (const { name, children } of branches) {
    const text = children.length === 0 ? name : `${name}(${joined(children)})`;
    const last = runs.at(-1);
    if (last?.text === text) last.count += 1;
    else runs.push({ text, count: 1 });
  }
  return runs.map(({ text, count }) => (count === 1 ? text : `${text} × ${count}`)).join(', ');
}
