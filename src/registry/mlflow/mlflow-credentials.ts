/** What `MLFLOW_TRACKING_USERNAME` and `_PASSWORD`, or `_TOKEN`, give. */
export type MlflowCredentials =
  | { readonly username: string; readonly password: string }
  | { readonly token: string };

/** The `Authorization` header: from `credentials`, else from the user info of `uri`, else `null`. */
export function authorizationOf(uri: string, credentials: MlflowCredentials | null): string | null {
  if (credentials !== null) {
    if ('token' in credentials) return `Bearer ${credentials.token}`;
    return basic(credentials.username, credentials.password);
  }
  const { username, password } = new URL(uri);
  if (username === '' && password === '') return null;
  return basic(decodeURIComponent(username), decodeURIComponent(password));
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}
