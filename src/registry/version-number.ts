/** Whether `text` is a version number as registries write it: digits without leading zeros. */
export function isVersionNumber(text: string): boolean {
  return /^(0|[1-9]\d*)$/.test(text);
}

/** Orders version numbers by value, also beyond 2^53 (some tools number versions by the nanosecond). */
export function compareVersionNumbers(left: string, right: string): number {
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);
}

/** The greatest of `versions`, or `null` if there is none. */
export function highestVersion(versions: Iterable<string>): string | null {
  let highest: string | null = null;
  for (const version of versions) {
    if (highest === null || compareVersionNumbers(version, highest) > 0) highest = version;
  }
  return highest;
}
