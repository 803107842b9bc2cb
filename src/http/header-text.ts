const VISIBLE_ASCII = /^[\x21-\x24\x26-\x7e]*$/;

/** Percent-encoded as UTF-8 outside visible ASCII; a percent sign itself, too, so that it can be decoded. */
export function headerText(text: string): string {
  if (VISIBLE_ASCII.test(text)) return text;
  return text.toWellFormed().replace(/[^\x21-\x24\x26-\x7e]/gu, encodeURIComponent);
}
