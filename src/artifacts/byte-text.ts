const UNITS = ['kB', 'MB', 'GB', 'TB'] as const;

/** A number of bytes for people, in powers of 1,000 and three digits or so: `1.23 GB`. */
export function byteText(bytes: number): string {
  let value = bytes;
  let unit = 'bytes';
  for (const next of UNITS) {
    if (value < 1_000) break;
    value /= 1_000;
    unit = next;
  }
  const digits = unit === 'bytes' || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`;
}
