import { GatewayError } from '../../errors.ts';
import { checkArtifactPath, encodePath } from '../artifact-path.ts';
import type { ArtifactSource } from '../artifact-source.ts';
import { ArtifactHttpClient, type ArtifactHttpOptions } from '../http-client.ts';
import { printableLocation } from '../printable-location.ts';

/**
 * A folder on a plain web server: `<location>/<path>` for each file. A query of the location (a signature) is sent along
 * with every file. Web servers cannot list, so only the files that the model itself names can be fetched.
 */
export function createHttpFolderSource(options: ArtifactHttpOptions): ArtifactSource {
  const client = new ArtifactHttpClient(options);
  return {
    name: 'http',
    accepts: (location) => /^https?:/i.test(location),

    async list(location) {
      client.requireAllowed(parse(location));
      return null;
    },

    async open({ location, path, resume = null }, signal) {
      checkArtifactPath(path);
      const url = parse(location);
      url.pathname = `${url.pathname.replace(/\/+$/, '')}/${encodePath(path)}`;
      return client.get(url, signal, { resume });
    },

    close: () => client.close(),
  };
}

function parse(location: string): URL {
  const url = URL.parse(location);
  if (url === null)
    throw new GatewayError('ARTIFACT_INVALID', `"${printableLocation(location)}" is not a usable URL`);
  url.username = '';
  url.password = '';
  url.hash = '';
  return url;
}
