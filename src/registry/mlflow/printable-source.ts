/** A version's source as it is shown and compared: without user info, and without the query of a presigned URL. */
export function printableSource(source: string): string {
  return source.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1').replace(/^(https?:[^?]*)\?.*$/is, '$1');
}
