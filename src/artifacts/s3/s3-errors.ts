import { type ErrorCode, GatewayError, messageOf } from '../../errors.ts';

/** What is read of the SDK's errors. Their other fields hold whole requests, signatures included, and stay here. */
interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly Region?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** The cause of errors from here: what the store or the SDK called it, and the status if there was an answer. */
export class S3Failure extends Error {
  readonly status: number | null;

  constructor(name: string, status: number | null) {
    super(status === null ? name : `${name} (status ${status})`);
    this.status = status;
  }
}

interface Meaning {
  readonly code: ErrorCode;
  readonly what: string;
}

const NO_KEYS_NEEDED =
  'or start the MLflow server with --serve-artifacts, so that it hands out new versions and no keys are needed here';
const KEYS =
  'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (with AWS_SESSION_TOKEN for temporary keys), AWS_PROFILE, or give the container a role';
const RIGHTS = 's3:ListBucket on the bucket and s3:GetObject on its objects';
const MAX_SAID_LENGTH = 300;

/** By the error's name, which is S3's error code or the SDK's own class. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  CredentialsProviderError: forbidden(`there are no AWS credentials: ${KEYS}, ${NO_KEYS_NEEDED}`),
  InvalidAccessKeyId: forbidden(
    `the store does not know the access key: check which keys are in force, ${KEYS}`,
  ),
  SignatureDoesNotMatch: forbidden(
    'the secret key does not belong to the access key: check AWS_SECRET_ACCESS_KEY',
  ),
  ExpiredToken: forbidden('the temporary credentials have expired: renew them, AWS_SESSION_TOKEN included'),
  ExpiredTokenException: forbidden(
    'the temporary credentials have expired: renew them, AWS_SESSION_TOKEN included',
  ),
  TokenRefreshRequired: forbidden(
    'the temporary credentials have expired: renew them, AWS_SESSION_TOKEN included',
  ),
  InvalidToken: forbidden(
    'the session token is not valid: check AWS_SESSION_TOKEN, or unset it for lasting keys',
  ),
  AccessDenied: forbidden(`access is denied: the account needs ${RIGHTS}`),
  AllAccessDisabled: forbidden('all access to the bucket is disabled'),
  AccountProblem: forbidden('there is a problem with the AWS account that owns the keys'),
  InvalidObjectState: unavailable(
    'the object is archived: restore it, or copy it to a class that can be read at once',
  ),
  NoSuchBucket: unavailable('there is no such bucket: check MLFLOW_S3_ENDPOINT_URL, and for AWS the account'),
  NoSuchKey: { code: 'ARTIFACT_INVALID', what: 'there is no such object' },
  RequestTimeTooSkewed: unavailable(
    'the clock of this machine differs too much from the store’s: set it by NTP',
  ),
  SlowDown: unavailable('the store asks to slow down'),
};

const MISDIRECTED = new Set([
  'PermanentRedirect',
  'TemporaryRedirect',
  'Redirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

/**
 * A failure of the SDK as a sentence that says what to do. Nothing of the error but its name and, where that helps, the
 * store's own sentence gets out.
 *
 * @param where Printable address of the object or folder.
 * @param endpoint Of the store, `null` for AWS.
 */
export function toS3Error(error: unknown, where: string, endpoint: string | null): GatewayError {
  if (error instanceof GatewayError) return error;
  const sdkError = error as SdkError;
  const name = typeof sdkError.name === 'string' ? sdkError.name : 'Error';
  const { code, what } = meaningOf(sdkError, name, endpoint);
  const said = name === 'AccessDenied' ? sentenceOf(sdkError) : '';
  return new GatewayError(code, `"${where}" cannot be read: ${what}${said}`, {
    cause: new S3Failure(name, statusOf(sdkError)),
  });
}

/** A connection that was cut, or fell silent, in the middle of an object. */
export function toCut(error: unknown, where: string): GatewayError {
  const { name = 'Error', code } = error as { name?: string; code?: unknown };
  const why = typeof code === 'string' ? code : cut(messageOf(error));
  return new GatewayError('ARTIFACT_UNAVAILABLE', `"${where}" broke off while it was read: ${why}`, {
    cause: new S3Failure(name, null),
  });
}

function meaningOf(error: SdkError, name: string, endpoint: string | null): Meaning {
  if (MISDIRECTED.has(name) || statusOf(error) === 301) return misdirected(error);
  const known = MEANINGS[name];
  if (known !== undefined) return known;
  const status = statusOf(error);
  if (status === 401 || status === 403)
    return forbidden(`access is denied (${name}): the account needs ${RIGHTS}`);
  if (status === 404) return { code: 'ARTIFACT_INVALID', what: 'there is no such object' };
  if (status !== null) return unavailable(`the store answered ${status} (${name})`);
  const at = endpoint === null ? 'AWS' : `the store at "${endpoint}" (MLFLOW_S3_ENDPOINT_URL)`;
  // Of the network, or of the SDK before it asked anybody: such sentences name hosts and files, and no keys.
  const code =
    typeof error.code === 'string' && !messageOf(error).includes(error.code) ? `${error.code} ` : '';
  return unavailable(`${at} does not answer: ${code}${cut(messageOf(error))}`);
}

function misdirected(error: SdkError): Meaning {
  const header = error.$response?.headers?.['x-amz-bucket-region'];
  const region = typeof header === 'string' ? header : error.Region;
  const hint =
    typeof region === 'string' && /^[a-z0-9-]{1,32}$/.test(region)
      ? `set AWS_REGION=${region}`
      : 'set AWS_REGION to its region';
  return unavailable(`the bucket lies in another region: ${hint}, and check MLFLOW_S3_ENDPOINT_URL`);
}

function statusOf(error: SdkError): number | null {
  const status = error.$metadata?.httpStatusCode;
  return typeof status === 'number' ? status : null;
}

/** Who was denied what: AWS names the role and the action, and never a key. */
function sentenceOf(error: SdkError): string {
  const said = typeof error.message === 'string' ? cut(error.message) : '';
  return said === '' || /^access denied\.?$/i.test(said) ? '' : ` (${said})`;
}

function cut(text: string): string {
  const line = text.replace(/(?:\p{Cc}|\s)+/gu, ' ').trim();
  return line.length > MAX_SAID_LENGTH ? `${line.slice(0, MAX_SAID_LENGTH)}…` : line;
}

function forbidden(what: string): Meaning {
  return { code: 'ARTIFACT_FORBIDDEN', what };
}

function unavailable(what: string): Meaning {
  return { code: 'ARTIFACT_UNAVAILABLE', what };
}
