/** One way to ask. */
export interface Load {
  readonly name: string;
  readonly title: string;
  /** Of each request. */
  readonly rows: number;
  readonly connections: number;
  /** Null: closed loop. Else an open loop at this share of what the target managed at 32 connections. */
  readonly shareOfCapacity: number | null;
}

export const ONE_CONNECTION = 'one';
export const CAPACITY = 'many';
export const HUNDRED_ROWS = 'rows';
export const OPEN_LOOP = 'open';

/** The closed loops first: the open loop's rate comes from them. */
export const LOADS: readonly Load[] = [
  { name: ONE_CONNECTION, title: '1 row, 1 connection', rows: 1, connections: 1, shareOfCapacity: null },
  { name: CAPACITY, title: '1 row, 32 connections', rows: 1, connections: 32, shareOfCapacity: null },
  {
    name: HUNDRED_ROWS,
    title: '100 rows, 32 connections',
    rows: 100,
    connections: 32,
    shareOfCapacity: null,
  },
  { name: OPEN_LOOP, title: '1 row, open loop at 70 %', rows: 1, connections: 64, shareOfCapacity: 0.7 },
];
