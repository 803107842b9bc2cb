/** What a converted graph calculates in: `double`, as the libraries do, or `float`. */
export type Precision = 'double' | 'float';
