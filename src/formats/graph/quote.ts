const MAX_CHARACTERS = 64;

/** A name from a model for a message: in quotes, cut, control characters escaped. */
export function quote(name: string): string {
  return JSON.stringify(name.slice(0, MAX_CHARACTERS));
}
