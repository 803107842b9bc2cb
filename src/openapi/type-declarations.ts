import { modelDocument } from './build-document.ts';
import { componentName, type DescribedModel } from './described-model.ts';
import type { Schema } from './open-api.ts';

/** The parts of a model's document that its clients handle. */
const PARTS = ['Row', 'NamedRow', 'PredictRequest', 'Prediction', 'PredictAnswer'] as const;

/**
 * TypeScript declarations of what `/predict` of a model takes and answers: the schemas of its OpenAPI document. Lengths,
 * ranges and patterns are not in them; 64-bit integers are `number`, as `JSON.parse` reads them.
 */
export function typeDeclarations(model: DescribedModel): string {
  const name = componentName(model);
  const { schemas } = modelDocument(model).components;
  const declarations = PARTS.flatMap((part) => {
    const schema = schemas[`${name}.${part}`];
    return schema === undefined ? [] : [`export type ${part} = ${typeOf(schema, '')};\n`];
  });
  const title = `/** Model ${JSON.stringify(model.route)}, version ${model.version}: POST /models/{model}/predict. */`;
  return `${title}\n\n${declarations.join('\n')}`;
}

function typeOf(schema: Schema, indent: string): string {
  const {
    $ref,
    anyOf,
    enum: values,
    type,
  } = schema as {
    readonly $ref?: string;
    readonly anyOf?: readonly Schema[];
    readonly enum?: readonly unknown[];
    readonly type?: string | readonly string[];
  };
  if ($ref !== undefined) return $ref.slice($ref.lastIndexOf('.') + 1);
  if (anyOf !== undefined) return union(anyOf.map((option) => typeOf(option, indent)));
  if (values !== undefined) return union(values.map((value) => JSON.stringify(value)));
  if (typeof type === 'object') return union(type.map((each) => typeOf({ ...schema, type: each }, indent)));
  switch (type) {
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'array':
      return arrayType(schema, indent);
    case 'object':
      return objectType(schema, indent);
    default:
      return 'unknown';
  }
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ');
}

function arrayType(schema: Schema, indent: string): string {
  const { prefixItems, items } = schema as {
    readonly prefixItems?: readonly Schema[];
    readonly items?: Schema;
  };
  if (prefixItems === undefined) return `(${typeOf(items ?? {}, indent)})[]`;
  const inner = `${indent}  `;
  const elements = prefixItems.map((element) => {
    const label = `${inner}${elementLabel(element)}`;
    return `${label}${typeOf(element, inner)},\n`;
  });
  return `[\n${elements.join('')}${indent}]`;
}

/** Elements of a tuple are told apart by a comment, since only identifiers can label them. */
function elementLabel({ title }: Schema): string {
  return typeof title === 'string' ? `/** ${title.replaceAll('*/', '* /')} */ ` : '';
}

function objectType(schema: Schema, indent: string): string {
  const { properties = {}, required = [] } = schema as {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly required?: readonly string[];
  };
  const inner = `${indent}  `;
  const members = Object.entries(properties).map(([key, value]) => {
    const mark = required.includes(key) ? '' : '?';
    return `${inner}${propertyName(key)}${mark}: ${typeOf(value, inner)};\n`;
  });
  return `{\n${members.join('')}${indent}}`;
}

function propertyName(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}
