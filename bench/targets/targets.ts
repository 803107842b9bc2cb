import { fastapiOnnx, fastapiSklearn } from './fastapi.ts';
import { designFloor, nodeFloor } from './floors.ts';
import { mlflowOnnx, mlflowSklearn } from './mlflow.ts';
import { mlserverBatching, mlserverDefault } from './mlserver.ts';
import { switchyardPredict } from './switchyard.ts';
import type { Target } from './target.ts';

/** Everything that can be measured, in the order of the tables. */
export const TARGETS: readonly Target[] = [
  nodeFloor,
  designFloor,
  switchyardPredict,
  fastapiOnnx,
  fastapiSklearn,
  mlflowOnnx,
  mlflowSklearn,
  mlserverBatching,
  mlserverDefault,
];
