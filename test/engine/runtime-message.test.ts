import { describe, expect, it } from 'vitest';
import { describeRunFailure, tidyRuntimeMessage } from '../../src/engine/runtime-message.ts';

const PATH = '/var/cache/my models/7/model.onnx';

describe('tidyRuntimeMessage', () => {
  it.each([
    [
      `Load model from ${PATH} failed:Protobuf parsing failed.`,
      'protobuf parsing failed: the file is truncated or no ONNX model',
    ],
    [
      `Load model from ${PATH} failed:/onnxruntime_src/onnxruntime/core/graph/model.cc:187 onnxruntime::Model::Model(onnx::ModelProto&&, const onnxruntime::PathString&) ModelProto does not have a graph.\n`,
      'ModelProto does not have a graph',
    ],
    [
      `External data path does not exist: "/var/cache/my models/7/weights.data"`,
      'External data path does not exist: "weights.data"',
    ],
    ['cannot open /opt/other/place/weights.data: no such file', 'cannot open weights.data: no such file'],
    [
      `Load model from ${PATH} failed:[ONNXRuntimeError] : 10 : INVALID_GRAPH : Cycle detected: local:F -> local:F`,
      'Cycle detected: local:F -> local:F',
    ],
    [
      `Load model from ${PATH} failed:ONNX Runtime only *guarantees* support … Opset 99 is under development and support for this is limited. Current official support for domain ai.onnx is till opset 26.\n`,
      'opset 99 of domain ai.onnx is newer than 26, the newest that this runtime supports',
    ],
  ])('shortens %j', (message, tidy) => {
    expect(tidyRuntimeMessage(message, PATH)).toBe(tidy);
  });

  it('bounds the length', () => {
    expect(tidyRuntimeMessage('x'.repeat(10_000), PATH).length).toBeLessThan(500);
  });
});

describe('describeRunFailure', () => {
  it.each([
    [
      "Non-zero status code returned while running Gather node. Name:'g1' Status Message: idx=77 is out of bounds",
      'its Gather node "g1" failed',
    ],
    [
      "Non-zero status code returned while running Gather node. Name:'' Status Message: idx=77",
      'its Gather node failed',
    ],
    ['Invalid rank for input: X Got: 1 Expected: 2', 'Invalid rank for input: X Got: 1 Expected: 2'],
    ['something about 77', 'the runtime failed'],
  ])('turns %j into what may be told', (message, told) => {
    expect(describeRunFailure(message)).toBe(told);
  });
});
