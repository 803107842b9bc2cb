import { isIP } from 'node:net';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How one setting's value is read. Values are texts from the environment or anything from YAML. */
export interface SettingParser<T> {
  /** What is allowed, in words that follow "allowed: ". */
  readonly allowed: string;
  /** `undefined`: not allowed. */
  readonly parse: (value: unknown) => T | undefined;
}

/** The longest delay that a Node timer takes; more would fire at once. */
export const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** A whole number in decimal digits, both bounds included. */
export function wholeNumber(lowest: number, highest = Number.MAX_SAFE_INTEGER): SettingParser<number> {
  const range =
    highest === Number.MAX_SAFE_INTEGER ? `of at least ${lowest}` : `from ${lowest} to ${highest}`;
  return {
    allowed: `a whole number ${range}`,
    parse: (value) => {
      const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
      if (typeof number !== 'number' || !Number.isSafeInteger(number)) return undefined;
      return number >= lowest && number <= highest ? number : undefined;
    },
  };
}

/** Milliseconds that a timer can wait. */
export function milliseconds(lowest: number): SettingParser<number> {
  return wholeNumber(lowest, LONGEST_DELAY_MS);
}

/** One of `choices` (lower case), in any case. */
export function oneOf<const T extends string>(choices: readonly T[]): SettingParser<T> {
  return {
    allowed: choices.map((choice) => `"${choice}"`).join(', '),
    parse: (value) =>
      typeof value === 'string' ? choices.find((choice) => choice === value.toLowerCase()) : undefined,
  };
}

/** MLflow's booleans: `true`, `false`, `1`, `0` in any case, and YAML's own. */
export const flag: SettingParser<boolean> = {
  allowed: '"true" or "false"',
  parse: (value) => {
    const text = String(value).toLowerCase();
    if (text === 'true' || text === '1') return true;
    return text === 'false' || text === '0' ? false : undefined;
  },
};

/** Any text without control characters. YAML numbers are refused: `007` would silently become 7. */
export const text: SettingParser<string> = {
  allowed: 'a text without control characters (in YAML: in quotes)',
  parse: (value) => (typeof value === 'string' && !hasControlCharacters(value) ? value : undefined),
};

/** A name of one line, as it can stand in double quotes. */
export const shortName: SettingParser<string> = {
  allowed: 'a text of at most 100 characters without quotes and control characters',
  parse: (value) => {
    const parsed = text.parse(value);
    return parsed === undefined || parsed.length > 100 || parsed.includes('"') ? undefined : parsed;
  },
};

/** A token as it can stand in an `Authorization` header. */
export const token: SettingParser<string> = {
  allowed: 'visible ASCII characters without white space (is there a line break at its end?)',
  parse: (value) => (typeof value === 'string' && /^[!-~]+$/.test(value) ? value : undefined),
};

/** A password: any text but one with control characters, which HTTP Basic forbids (RFC 7617 section 2). */
export const password: SettingParser<string> = {
  allowed: 'a text without control characters (is there a line break at its end?)',
  parse: text.parse,
};

/** An address to listen on. IPv6 may stand in brackets, which are dropped. */
export const host: SettingParser<string> = {
  allowed: 'an IP address or a host name ("0.0.0.0" for every interface)',
  parse: (value) => {
    if (typeof value !== 'string') return undefined;
    const bare = value.replace(/^\[(.*)\]$/, '$1');
    if (isIP(bare) !== 0) return bare;
    // Digits and dots that are no address are a mistyped address, and "1:2" a host with a port.
    return /^(?![\d.]+$)[\w][\w.-]{0,252}$/.test(value) ? value : undefined;
  },
};

/** The path of a URL, as it stands in one. */
export const urlPath: SettingParser<string> = {
  allowed: 'a path such as /predict, without a query',
  parse: (value) =>
    typeof value === 'string' && /^\/[\w.~:@!$&'()+,;=%/-]*$/.test(value) && !/\/:/.test(value)
      ? value
      : undefined,
};

/** A file or directory; relative ones are relative to the working directory. */
export function path(workingDirectory: string): SettingParser<string> {
  return {
    allowed: 'a path',
    parse: (value) =>
      typeof value === 'string' && !value.includes('\0') ? resolve(workingDirectory, value) : undefined,
  };
}

/** `http(s)` origins, normalised as browsers do. */
export const origins: SettingParser<readonly string[]> = listOf(
  'http(s) origins without user info, path or query, such as https://files.example.com',
  parseOrigin,
);

/** Absolute directories, also as `file:` URLs. */
export const directories: SettingParser<readonly string[]> = listOf('absolute directories', parseDirectory);

export function hasControlCharacters(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return /[\u0000-\u001f\u007f-\u009f]/.test(value);
}

/** The trimmed elements of a comma list that are not empty. */
export function splitList(value: string): readonly string[] {
  return value
    .split(',')
    .map((element) => element.trim())
    .filter((element) => element !== '');
}

function listOf<T>(allowed: string, parse: (element: string) => T | undefined): SettingParser<readonly T[]> {
  return {
    allowed: `a comma list (in YAML: a list) of ${allowed}`,
    parse: (value) => {
      const elements = typeof value === 'string' ? splitList(value) : value;
      if (!Array.isArray(elements)) return undefined;
      const parsed = elements.map((element) => (typeof element === 'string' ? parse(element) : undefined));
      return parsed.every((element) => element !== undefined) ? [...new Set(parsed)] : undefined;
    },
  };
}

function parseOrigin(element: string): string | undefined {
  const url = URL.parse(element);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  const isBare = url.href === `${url.origin}/` && !/[?#]/.test(element);
  return isBare ? url.origin : undefined;
}

function parseDirectory(element: string): string | undefined {
  if (!element.startsWith('file:')) return isAbsolute(element) ? resolve(element) : undefined;
  try {
    return resolve(fileURLToPath(element));
  } catch {
    return undefined;
  }
}
