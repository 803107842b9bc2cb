/** Goes up with every change of what a model becomes: converted graphs are kept under it. */
export const CONVERTER_VERSION = '5';
