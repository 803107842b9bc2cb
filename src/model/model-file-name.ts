/** Endings of files that hold a fitted model, which is converted to a graph. */
const FITTED = ['.skops', '.pkl', '.pickle', '.joblib', '.ubj', '.xgb', '.lgb'];

/** Whether a file at the top of a directory is a graph beside which no MLmodel is needed. */
export function isGraphName(name: string): boolean {
  return name.endsWith('.onnx') && isTopAndVisible(name);
}

/** Whether a file at the top of a directory is a fitted model beside which no MLmodel is needed. */
export function isFittedModelName(name: string): boolean {
  return FITTED.some((ending) => name.endsWith(ending)) && isTopAndVisible(name);
}

/** Whether a directory with a file of this name at its top is that of a model. */
export function marksModelDirectory(name: string): boolean {
  return name === 'MLmodel' || isGraphName(name) || isFittedModelName(name);
}

/** Hidden files are copy tools' temporary files, or a platform's bookkeeping. */
function isTopAndVisible(name: string): boolean {
  return !name.includes('/') && !name.startsWith('.');
}
