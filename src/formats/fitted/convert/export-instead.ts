/** What to do with a model that is not converted; stands at the end of refusals. */
export const EXPORT_INSTEAD = 'export the model to ONNX (skl2onnx) and log it with mlflow.onnx.log_model';
