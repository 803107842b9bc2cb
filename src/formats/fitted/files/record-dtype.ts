import { GatewayError } from '../../../errors.ts';
import type { DtypeField, RecordDtype } from '../values/nd-array.ts';

/** @throws GatewayError INVALID_MODEL if a field does not lie within the record. */
export function checkedRecord(fields: readonly DtypeField[], itemBytes: number): RecordDtype {
  const isSize = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const lies = ({ offset, dtype }: DtypeField) => isSize(offset) && offset + dtype.itemBytes <= itemBytes;
  if (isSize(itemBytes) && fields.every(lies)) return { letter: 'record', itemBytes, fields };
  throw new GatewayError('INVALID_MODEL', 'a field of an array lies outside its elements');
}
