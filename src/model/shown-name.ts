const MAX_CHARACTERS = 64;

// Control, format (bidirectional overrides), line and paragraph separators, and halves of surrogate pairs.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A name out of a request as it may appear in messages: at most 64 characters, control characters escaped. */
export function showName(name: string): string {
  // 4 UTF-16 units a character bound the work on names of megabytes.
  const characters = [...name.slice(0, 4 * MAX_CHARACTERS)];
  const cut =
    characters.length > MAX_CHARACTERS ? `${characters.slice(0, MAX_CHARACTERS - 1).join('')}…` : name;
  return cut.replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** One step of a JSON pointer (RFC 6901), with its leading slash. Names are shown as by `showName`. */
export function pointerStep(step: string | number): string {
  if (typeof step === 'number') return `/${step}`;
  return `/${showName(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
