import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Signature } from '../../src/model/signature.ts';
import { modelDocument } from '../../src/openapi/build-document.ts';

/** What one of the schemas of a model with this signature accepts. @param part its name after the model's. */
export function acceptorOf(signature: Signature, part: string): (body: unknown) => boolean {
  const document = modelDocument({
    route: 'm',
    version: '1',
    uri: 'models:/m/Production',
    versions: ['1'],
    signature,
    invocations: 'predictions',
    exampleRow: null,
    isDefault: true,
  });
  const ajv = new Ajv2020({ strict: false, allowUnionTypes: true });
  return ajv.compile({ ...document, $ref: `#/components/schemas/m.${part}` });
}
