import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Classes } from '../prediction.ts';

/** Position of a label among the classes, compared as Python does. @throws GatewayError INVALID_MODEL if it is none of them. */
export function labelPosition(classes: Classes, label: Stored): number {
  const { value: wanted } = label;
  const position = classes.values.findIndex((value) =>
    typeof value === 'string' || typeof wanted === 'string'
      ? value === wanted
      : typeof wanted !== 'object' && Number(value) === Number(wanted),
  );
  if (position !== -1) return position;
  throw new GatewayError('INVALID_MODEL', `${label.path} is none of the labels`);
}
