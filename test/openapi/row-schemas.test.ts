import { describe, expect, it } from 'vitest';
import { columnSchema } from '../../src/openapi/row-schemas.ts';
import { column, columnarSignature } from '../model/sample-signatures.ts';

function schemaOf(changes: Parameters<typeof column>[2]) {
  const signature = columnarSignature([{ ...column('town', 'string', changes), tensor: 'string' }]);
  return columnSchema(signature.columns[0]!, signature);
}

describe('columnSchema', () => {
  it('lists the texts that a column takes, and null where it takes that', () => {
    expect(schemaOf({ knownValues: ['Aachen', 'Bonn'] })).toMatchObject({
      type: 'string',
      enum: ['Aachen', 'Bonn'],
    });
    expect(schemaOf({ knownValues: ['Bonn'], takesNaN: true })).toMatchObject({
      type: ['string', 'null'],
      enum: ['Bonn', null],
    });
  });

  it('does not list what nobody would read', () => {
    const knownValues = Array.from({ length: 101 }, (_, at) => `town ${at}`);
    expect(schemaOf({ knownValues })).not.toHaveProperty('enum');
    expect(schemaOf({})).not.toHaveProperty('enum');
  });
});
