/** One setting as a user knows it. The README's table is made of these (`settings-table.ts`). */
export interface Setting {
  readonly variable: string;
  /** Key of the YAML file; `null` where only the environment makes sense. */
  readonly yamlKey: string | null;
  /** Default, in words. */
  readonly default: string;
  /** Meaning, unit and what raising it does, as Markdown. */
  readonly meaning: string;
  /** Its value is never printed. */
  readonly secret?: true;
}
