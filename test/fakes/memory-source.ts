import { Buffer } from 'node:buffer';
import type {
  ArtifactContent,
  ArtifactFile,
  ArtifactRequest,
  ArtifactSource,
} from '../../src/artifacts/artifact-source.ts';
import { GatewayError } from '../../src/errors.ts';

/** An artifact source whose files, lies and delays the test decides. Accepts `memory:` locations. */
export class MemorySource implements ArtifactSource {
  readonly name = 'memory';
  files: Map<string, Buffer>;
  canList = true;
  /** Overrides what the listing says of a file; `null` leaves its size out. */
  readonly listedSizes = new Map<string, number | null>();
  /** Paths in the order in which they were opened. */
  readonly opened: string[] = [];
  /** Called after each chunk but a file's last; a promise holds the file there. */
  betweenChunks: (path: string, signal: AbortSignal) => Promise<void> | void = () => {};

  constructor(files: Readonly<Record<string, string>>) {
    this.files = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
  }

  accepts(location: string): boolean {
    return location.startsWith('memory:');
  }

  async list(_location: string, signal: AbortSignal): Promise<readonly ArtifactFile[] | null> {
    signal.throwIfAborted();
    if (!this.canList) return null;
    return [...this.files].map(([path, content]) => ({
      path,
      sizeBytes: this.listedSizes.has(path) ? this.listedSizes.get(path)! : content.byteLength,
    }));
  }

  async open({ path }: ArtifactRequest, signal: AbortSignal): Promise<ArtifactContent> {
    signal.throwIfAborted();
    this.opened.push(path);
    const content = this.files.get(path);
    if (content === undefined) throw new GatewayError('ARTIFACT_INVALID', `there is no "${path}"`);
    return { offset: 0, validator: null, chunks: this.#read(path, content, signal) };
  }

  async *#read(path: string, content: Buffer, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const middle = Math.ceil(content.byteLength / 2);
    yield content.subarray(0, middle);
    await this.betweenChunks(path, signal);
    signal.throwIfAborted();
    yield content.subarray(middle);
  }

  async close(): Promise<void> {}
}
