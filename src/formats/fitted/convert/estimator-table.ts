import type { Converter } from './converter.ts';
import { FAMILIES } from './converters.ts';

/** Rows of the README's table of estimators, header included: `| family | classes | within | not converted |`. */
export function estimatorTable(): string {
  const rows = FAMILIES.map(({ name, library, tolerance, converters }) => {
    const entries = Object.entries(converters).sort(([left], [right]) => (left < right ? -1 : 1));
    const classes = entries.map(([className]) => `\`${className}\``).join(', ');
    const family = library === 'sklearn' ? name : `${name} (${library})`;
    return `| ${family} | ${classes} | ${toleranceText(tolerance, entries)} | ${limitsText(entries)} |`;
  });
  return ['| family | classes | within | not converted |', '|---|---|---|---|', ...rows].join('\n');
}

type Entries = readonly (readonly [className: string, converter: Converter])[];

/** The family's, then those of classes that cannot keep it. */
function toleranceText(tolerance: number, entries: Entries): string {
  const others = entries.flatMap(([className, converter]) =>
    converter.tolerance === undefined || converter.tolerance === tolerance
      ? []
      : [`\`${className}\` ${converter.tolerance}`],
  );
  return [String(tolerance), ...others].join('; ');
}

/** One clause for each limit; classes that share it stand together. */
function limitsText(entries: Entries): string {
  const byLimit = Map.groupBy(
    entries.filter(([, { limits }]) => limits !== undefined),
    ([, { limits }]) => limits as string,
  );
  return [...byLimit]
    .map(([limits, sharing]) => `${sharing.map(([name]) => `\`${name}\``).join(', ')}: ${limits}`)
    .join('; ');
}
