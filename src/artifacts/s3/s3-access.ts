/** How an S3-compatible store is reached. Credentials are not among it: the SDK finds them as every AWS program does. */
export interface S3Access {
  /** Of a store that is not AWS's; `null` for AWS. */
  readonly endpoint: string | null;
  /** The bucket stands in the path of the URL, not in its host. */
  readonly usesPathStyle: boolean;
  /** `null`: of the profile, else `us-east-1`; where a bucket lies elsewhere, AWS says so and is followed. */
  readonly region: string | null;
  /** Requests are not signed, as public buckets want it. */
  readonly isAnonymous: boolean;
  /** Account that has to own the bucket; `null`: anyone. */
  readonly expectedBucketOwner: string | null;
  /** The store's certificate is not verified. */
  readonly insecureTls: boolean;
  /** PEM file with the authorities to verify with; `null` for the public ones. */
  readonly caPath: string | null;
  /** Silence on a connection after which it counts as cut. Default 60,000. */
  readonly idleTimeoutMs?: number;
}
