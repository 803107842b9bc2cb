type Expectation = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or ]' | ', or }' | 'end';

const EXPECTATIONS: Readonly<Record<Expectation, string>> = {
  value: 'a value',
  'value or ]': 'a value or "]"',
  key: 'a name in double quotes',
  'key or }': 'a name in double quotes or "}"',
  ':': '":"',
  ', or ]': '"," or "]"',
  ', or }': '"," or "}"',
  end: 'the end of the body',
};

// Finding the place takes several times as long as the parse, so for large bodies it is not worth the time.
const MAX_SEARCHED = 2 ** 20;

const SPACE = /[ \t\n\r]*/y;
const PLAIN_VALUE = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** Where and why a text that `JSON.parse` refused is no JSON, without quoting it (V8's own message does). */
export function findJsonFault(text: string): string {
  if (text.length > MAX_SEARCHED) return 'it is malformed';
  const open: ('[' | '{')[] = [];
  let expected: Expectation = 'value';
  let at = 0;
  for (;;) {
    at += matchLength(SPACE, text, at);
    if (at >= text.length) return at === 0 ? 'it is empty' : `it ends too early, at character ${at}`;
    const length = tokenLength(text, at);
    const next: Expectation | null = length === 0 ? null : advance(expected, text[at]!, open);
    if (next === null) return describeFault(text, at, expected);
    expected = next;
    at += length;
  }
}

function describeFault(text: string, at: number, expected: Expectation): string {
  if (/^-?(?:NaN|Infinity)/.test(text.slice(at, at + 9))) {
    return `NaN and Infinity are no JSON values (at character ${at}); write null for a missing number`;
  }
  if (text[at] === '"' && (expected.startsWith('value') || expected.startsWith('key'))) {
    return `the string that begins at character ${at} is malformed or has no end`;
  }
  return `unexpected text at character ${at}, where ${EXPECTATIONS[expected]} should be`;
}

/** What must follow a token that begins with `first`; `null` if it was not expected. Keeps the open brackets. */
function advance(expected: Expectation, first: string, open: ('[' | '{')[]): Expectation | null {
  switch (first) {
    case '[':
    case '{':
      if (!expected.startsWith('value')) return null;
      open.push(first);
      return first === '[' ? 'value or ]' : 'key or }';
    case ']':
    case '}':
      if (!expected.endsWith(` or ${first}`)) return null;
      open.pop();
      return afterValue(open);
    case ':':
      return expected === ':' ? 'value' : null;
    case ',':
      if (!expected.startsWith(',')) return null;
      return expected === ', or ]' ? 'value' : 'key';
    default:
      if (expected.startsWith('key')) return first === '"' ? ':' : null;
      return expected.startsWith('value') ? afterValue(open) : null;
  }
}

function afterValue(open: readonly string[]): Expectation {
  const bracket = open.at(-1);
  return bracket === undefined ? 'end' : bracket === '[' ? ', or ]' : ', or }';
}

/** Length of the JSON token at `at`; 0 if there is none. */
function tokenLength(text: string, at: number): number {
  if ('[]{}:,'.includes(text[at]!)) return 1;
  if (text[at] !== '"') return matchLength(PLAIN_VALUE, text, at);
  let end = at + 1;
  while (end < text.length && text[end] !== '"') {
    const step = text[end] === '\\' ? matchLength(ESCAPE, text, end) : Number(text[end]! >= ' ');
    if (step === 0) return 0;
    end += step;
  }
  return end < text.length ? end + 1 - at : 0;
}

function matchLength(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}
