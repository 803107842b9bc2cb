/** What a protocol takes in rows beyond contract section 5, because the servers that it stands for take it. */
export interface RowLeniency {
  /** Columns that the model does not have are passed over in rows by name. */
  readonly ignoresExtra: boolean;
  /**
   * A column that some rows by name have and others lack is `null` in these; one that all of them lack is missing
   * all the same.
   */
  readonly absentIsNull: boolean;
  /** Text that is a number stands for it in numeric columns: `"5.1"`. */
  readonly readsNumbers: boolean;
  /** `[5.1]` stands for 5.1 in columns of plain values, as clients write an input of the shape `[rows, 1]`. */
  readonly opensLists: boolean;
}

/** Contract section 5, and nothing beyond. */
export const STRICT_ROWS: RowLeniency = {
  ignoresExtra: false,
  absentIsNull: false,
  readsNumbers: false,
  opensLists: false,
};
