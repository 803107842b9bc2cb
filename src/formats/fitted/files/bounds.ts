/**
 * What a model file may cost to read. Real models stay far below; a file that is made to exhaust memory or time is
 * refused at one of these.
 */

/**
 * Estimated heap bytes of everything that one file makes. A forest of 1,000 trees takes some 30 MB, a vocabulary
 * some 160 MB for a million tokens. Without it, one byte of a pickle becomes up to 200 of an empty dict.
 */
export const MAX_HEAP_BYTES = 512 * 2 ** 20;

/** Digits or bytes of one integer: the states of random generators have 16 bytes, nothing in a model has more. */
export const MAX_INTEGER_BYTES = 64;
export const MAX_INTEGER_DIGITS = 154;

/** Characters of a class's module and name, each; those of scikit-learn have up to 60. */
export const MAX_NAME_LENGTH = 255;

/** numpy's own limit. */
export const MAX_DIMENSIONS = 64;

/** Fields of a record; a tree's node has nine. */
export const MAX_RECORD_FIELDS = 200;

/** Entries of a zip: five for a tree in skops, so that this is a forest of 100,000. */
export const MAX_ZIP_ENTRIES = 500_000;

/** `schema.json`: 15 kB for a tree. It must fit into one string, of which V8 allows 2^29 characters. */
export const MAX_SCHEMA_BYTES = 256 * 2 ** 20;

/**
 * Up to this size, `schema.json` is parsed without counting first what it becomes: that is at most 21 bytes of heap
 * for each byte (measured, of `{},{},…`).
 */
export const UNCOUNTED_SCHEMA_BYTES = 16 * 2 ** 20;

/** Values within values in skops; the deepest real models (searches of stacks of pipelines) have some 30. */
export const MAX_NODE_DEPTH = 200;

/** Lists and objects within one another in JSON and UBJSON; XGBoost's files have eight. */
export const MAX_JSON_DEPTH = 100;
