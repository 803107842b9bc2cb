import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isLocalAddress, isPublicTarget, lookupPublic } from '../../src/artifacts/public-target.ts';

describe('isPublicTarget', () => {
  it.each([
    ['https://bucket.s3.amazonaws.com/x?X-Amz-Signature=1', true],
    ['https://10.1.2.3/x', true],
    ['https://[2001:db8::1]/x', true],
    ['http://bucket.s3.amazonaws.com/x', false],
    ['https://127.0.0.1/x', false],
    ['https://2130706433/x', false],
    ['https://0.0.0.0/x', false],
    ['https://169.254.169.254/latest/meta-data', false],
    ['https://[::1]/x', false],
    ['https://[::ffff:127.0.0.1]/x', false],
    ['https://[fe80::1]/x', false],
    ['https://[fd00:ec2::254]/x', false],
    ['https://localhost/x', false],
    ['https://files.localhost./x', false],
  ])('says of %s: %s', (url, isPublic) => {
    expect(isPublicTarget(new URL(url))).toBe(isPublic);
  });
});

describe('lookupPublic', () => {
  const find = promisify(lookupPublic) as (hostname: string, options: object) => Promise<unknown>;

  it.each([{ all: true }, { all: false }])(
    'refuses a name that leads to this machine (%o)',
    async (options) => {
      await expect(find('localhost', options)).rejects.toThrow(
        /^"localhost" leads to (127\.0\.0\.1|::1), an address of this machine or link$/,
      );
    },
  );

  it('gives other addresses as dns.lookup does', async () => {
    expect(await find('10.1.2.3', { all: true })).toEqual([{ address: '10.1.2.3', family: 4 }]);
    expect(await find('10.1.2.3', {})).toBe('10.1.2.3');
    await expect(find('nowhere.invalid', {})).rejects.toThrow(/nowhere.invalid/);
  });

  it('knows the addresses', () => {
    expect(isLocalAddress('127.8.9.1')).toBe(true);
    expect(isLocalAddress('128.0.0.1')).toBe(false);
    expect(isLocalAddress('::ffff:169.254.169.254')).toBe(true);
  });
});
