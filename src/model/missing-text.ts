/**
 * How a missing value stands in a tensor of texts: ONNX has no null, and the runtime cuts texts at a NUL. Unicode
 * promises never to give this code point a character; a request that spells it is refused.
 */
export const MISSING_TEXT = '\u{10FFFF}';
