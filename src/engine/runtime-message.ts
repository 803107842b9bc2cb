import { basename, dirname } from 'node:path';
import { REFUSAL } from '../model/refused-value.ts';

const MAX_LENGTH = 400;

/**
 * Why the runtime refuses the graph file at `path`, as one sentence without this machine's paths and without the
 * runtime's source locations.
 */
export function tidyRuntimeMessage(message: string, path: string): string {
  const text = message
    .replaceAll(`${dirname(path)}/`, '')
    .replace(/^Load model from .*? failed: ?/s, '')
    // e.g. "/onnxruntime_src/onnxruntime/core/graph/model.cc:187 onnxruntime::Model::Model(onnx::ModelProto&&) "
    .replace(/\/onnxruntime_src\/\S+:\d+ [^)]*\) (const )?/g, '')
    .replace(/^\[ONNXRuntimeError\] : \d+ : \w+ : /, '')
    .replace(/(?<![\w:])(?:[A-Za-z]:)?[\\/](?:[^\s"'\\/]+[\\/])+(?=[^\s"'\\/])/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return shorten(explain(text)).replace(/[.\s]+$/, '');
}

/**
 * What a failed run may say without giving away values of the request: which node failed, or how a shape or type
 * differs.
 */
export function describeRunFailure(message: string): string {
  const node = /while running (\w+) node\. Name:'([^']*)'/.exec(message);
  if (node !== null) {
    const [, operator, name] = node;
    return name === '' ? `its ${operator} node failed` : `its ${operator} node "${name}" failed`;
  }
  const isAboutShapes =
    /^(Got invalid dimensions|Invalid rank for input|Unexpected input data type|input '.*' is missing)/;
  return isAboutShapes.test(message) ? shorten(message.replace(/\s+/g, ' ').trim()) : 'the runtime failed';
}

/** Why a graph that was made here gives no answer for a value of the request; `null` if the run failed otherwise. */
export function refusalIn(message: string): string | null {
  const name = /while running Gather node\. Name:'([^']*)'/.exec(message)?.[1];
  return name?.startsWith(REFUSAL) ? name.slice(REFUSAL.length).replace(/~\d+$/, '') : null;
}

/** The name that messages call a graph by: the file's. */
export function graphName(path: string): string {
  return `"${basename(path)}"`;
}

function explain(text: string): string {
  if (text.startsWith('Protobuf parsing failed')) {
    return 'protobuf parsing failed: the file is truncated or no ONNX model';
  }
  const opset = /Opset (\d+) is under development.* support for domain (\S+) is till opset (\d+)/.exec(text);
  if (opset !== null) {
    const [, wanted, domain, known] = opset;
    return `opset ${wanted} of domain ${domain} is newer than ${known}, the newest that this runtime supports`;
  }
  return text;
}

function shorten(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
