import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeModelFormat } from '../../contracts/model-format-contract.ts';
import { addGraph, classifierGraph } from '../../fakes/hostile-models.ts';
import { fixture, format, mlmodel } from './prepared.ts';

const graph = Buffer.from(addGraph());

/** A directory with these files. */
const files = (content: Readonly<Record<string, string | Uint8Array>>) => (directory: string) => {
  for (const [path, bytes] of Object.entries(content)) writeFileSync(join(directory, path), bytes);
};

const columns = (...names: string[]) => names.map((name) => ({ name, type: 'double' }));
const sklearnOnly = 'flavors:\n  sklearn:\n    pickled_model: model.pkl\n  python_function: {}\n';

describeModelFormat({
  format,
  good: {
    'a model with columns and an example': fixture('mlflow-columns'),
    'a model with a tensor signature': fixture('mlflow-tensor'),
    'a model with external data': fixture('mlflow-external'),
    'a model with ZipMap': fixture('mlflow-zipmap'),
    'a model of two inputs': fixture('mlflow-two-inputs'),
    'a bare file': fixture('knn-off'),
    'a table with text columns': fixture('table-map'),
    'labels that lie across': fixture('qda-map'),
    'probabilities by column': fixture('columns'),
  },
  foreign: {
    flavors: { sklearn: {}, python_function: {} },
    inputs: null,
    outputs: null,
    runId: null,
    mlflowVersion: null,
    inputExample: null,
  },
  bad: {
    'an empty directory': { make: () => undefined, message: 'the file "model.onnx" of the model is missing' },
    'two models': {
      make: files({ 'a.onnx': graph, 'b.onnx': graph }),
      message: 'several models (a.onnx, b.onnx)',
    },
    'an empty file': { make: files({ 'model.onnx': '' }), message: 'an empty file' },
    'a text': { make: files({ 'model.onnx': 'not found' }), message: 'looks like text' },
    'a web page': { make: files({ 'model.onnx': '<!doctype html><html></html>' }), message: 'an HTML page' },
    'a Git LFS pointer': {
      make: files({ 'model.onnx': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\n' }),
      message: 'git lfs pull',
    },
    'a pickle': { make: files({ 'model.onnx': Buffer.from('80049500', 'hex') }), message: 'a Python pickle' },
    zeros: { make: files({ 'model.onnx': Buffer.alloc(1000) }), message: 'zeros' },
    'a truncated file': {
      make: files({ 'model.onnx': Buffer.from(classifierGraph()).subarray(0, 300) }),
      message: 'is cut off',
    },
    'an MLmodel without the flavour': {
      make: files({ MLmodel: sklearnOnly, 'model.onnx': graph }),
      message: 'no onnx flavour (it has sklearn, python_function)',
    },
    'an MLmodel that names a file elsewhere': {
      make: files({ MLmodel: 'flavors: {onnx: {data: ../model.onnx}}\n', 'model.onnx': graph }),
      message: 'outside of its directory',
    },
    'a signature with a column too many': {
      make: files({ MLmodel: mlmodel({ inputs: columns('a', 'b', 'c', 'd', 'e') }), 'model.onnx': graph }),
      message: 'has 5 columns ("a", "b", "c", "d", "e"), and of the graph\'s inputs "X" takes 4',
    },
  },
});
