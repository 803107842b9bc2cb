import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ArtifactContent, ArtifactSource } from '../../src/artifacts/artifact-source.ts';

/** A place with files in it, and the source that reads it. */
export interface PlaceUnderTest {
  readonly source: ArtifactSource;
  readonly location: string;
  /** One that the source accepts and may not read; `null` if it may read all that it accepts. */
  readonly forbiddenLocation: string | null;
  close(): Promise<void>;
}

export interface SourceContract {
  readonly name: string;
  readonly canList: boolean;
  /** Whether a download can go on after a cut. */
  readonly canResume: boolean;
  /** Makes a place that holds exactly these files. */
  start(files: ReadonlyMap<string, Uint8Array>): Promise<PlaceUnderTest>;
}

const LARGE = Buffer.alloc(8 * 1_024 * 1_024, 'switchyard');
const FILES = new Map<string, Uint8Array>([
  ['MLmodel', Buffer.from('flavors: {}\n')],
  ['model.onnx', LARGE],
  ['empty.txt', Buffer.alloc(0)],
  ['data/nested/weights.data', Buffer.from([0, 1, 2, 255])],
  ['a name with spaces & ü+%.txt', Buffer.from('odd')],
]);

export async function readAll(content: ArtifactContent): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.chunks) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

/** What every artifact source has to do, whatever it reads from. */
export function describeArtifactSource(contract: SourceContract): void {
  describe(`ArtifactSource contract: ${contract.name}`, () => {
    let place: PlaceUnderTest;
    const { signal } = new AbortController();

    beforeAll(async () => {
      place = await contract.start(FILES);
    });
    afterAll(() => place.close());

    it('accepts its own locations and no others', () => {
      expect(place.source.accepts(place.location)).toBe(true);
      for (const other of ['gs://bucket/key', 'dbfs:/x', 'models:/m/1', '/a/path', ''])
        expect(place.source.accepts(other), other).toBe(false);
    });

    it('lists all files with their sizes, nested ones included, or says that it cannot list', async () => {
      const listed = await place.source.list(place.location, signal);
      if (!contract.canList) {
        expect(listed).toBeNull();
        return;
      }
      const expected = [...FILES].map(([path, content]) => ({ path, sizeBytes: content.byteLength }));
      expect(new Set(listed)).toEqual(new Set(expected));
      expect(listed).toHaveLength(FILES.size);
    });

    it.each([...FILES.keys()])('gives the bytes of "%s"', async (path) => {
      const content = await readAll(
        await place.source.open({ location: place.location, path: path }, signal),
      );
      expect(content.equals(FILES.get(path)!)).toBe(true);
    });

    it('goes on in the middle of a file, or says that it begins anew', async () => {
      const path = 'model.onnx';
      const { validator, chunks } = await place.source.open({ location: place.location, path }, signal);
      for await (const chunk of chunks) {
        expect(chunk.byteLength).toBeGreaterThan(0);
        break;
      }
      expect(validator === null).toBe(!contract.canResume);
      const middle = LARGE.byteLength - 1_000;
      const resume = { offset: middle, validator: validator ?? '"unknown"' };
      const rest = await place.source.open({ location: place.location, path, resume }, signal);
      expect(rest.offset).toBe(contract.canResume ? middle : 0);
      expect((await readAll(rest)).equals(LARGE.subarray(rest.offset))).toBe(true);
    });

    it('begins anew when the file is another one by now, or shorter than what is here', async () => {
      const path = 'model.onnx';
      for (const offset of [1_000, LARGE.byteLength, LARGE.byteLength + 1_000]) {
        const resume = { offset, validator: '"00000000000000000000000000000000"' };
        const content = await place.source.open({ location: place.location, path, resume }, signal);
        expect(content.offset).toBe(0);
        expect((await readAll(content)).equals(LARGE)).toBe(true);
      }
    });

    it('says ARTIFACT_INVALID for a file that does not exist', async () => {
      for (const path of ['missing.bin', 'data/missing.bin', 'nowhere/missing.bin'])
        await expect(
          place.source.open({ location: place.location, path: path }, signal),
        ).rejects.toMatchObject({
          code: 'ARTIFACT_INVALID',
        });
    });

    it.each([
      '../MLmodel',
      'data/../../x',
      '/etc/passwd',
      'data\\x',
      'C:/x',
      'a//b',
      './MLmodel',
      'x\0y',
      '',
    ])('refuses the unsafe path %j', async (path) => {
      await expect(place.source.open({ location: place.location, path: path }, signal)).rejects.toMatchObject(
        {
          code: 'ARTIFACT_INVALID',
          message: expect.stringContaining('artifact path'),
        },
      );
    });

    it('refuses a place that is not allowed and names the setting that would allow it', async () => {
      if (place.forbiddenLocation === null) return;
      expect(place.source.accepts(place.forbiddenLocation)).toBe(true);
      const refusal = { code: 'ARTIFACT_FORBIDDEN', message: expect.stringMatching(/SWITCHYARD_ARTIFACT_/) };
      await expect(place.source.list(place.forbiddenLocation, signal)).rejects.toMatchObject(refusal);
      await expect(
        place.source.open({ location: place.forbiddenLocation, path: 'MLmodel' }, signal),
      ).rejects.toMatchObject(refusal);
    });

    it('throws the reason of an abort that came before', async () => {
      const reason = new Error('no longer wanted');
      const aborted = AbortSignal.abort(reason);
      await expect(
        place.source.open({ location: place.location, path: 'model.onnx' }, aborted).then(readAll),
      ).rejects.toBe(reason);
      if (contract.canList) await expect(place.source.list(place.location, aborted)).rejects.toBe(reason);
    });

    it('throws the reason of an abort in the middle of a file', async () => {
      const controller = new AbortController();
      const reason = new Error('no longer wanted');
      let bytes = 0;
      const read = async () => {
        const { chunks } = await place.source.open(
          { location: place.location, path: 'model.onnx' },
          controller.signal,
        );
        for await (const chunk of chunks) {
          bytes += chunk.byteLength;
          controller.abort(reason);
        }
      };
      await expect(read()).rejects.toBe(reason);
      expect(bytes).toBeGreaterThan(0);
      expect(bytes).toBeLessThan(LARGE.byteLength);
    });

    it('serves on after a reader left in the middle of a file', async () => {
      const { chunks } = await place.source.open({ location: place.location, path: 'model.onnx' }, signal);
      for await (const chunk of chunks) {
        expect(chunk.byteLength).toBeGreaterThan(0);
        break;
      }
      const content = await readAll(
        await place.source.open({ location: place.location, path: 'MLmodel' }, signal),
      );
      expect(content.equals(FILES.get('MLmodel')!)).toBe(true);
    });

    it('closes twice', async () => {
      const other = await contract.start(new Map([['MLmodel', Buffer.from('x')]]));
      await other.source.close();
      await other.source.close();
      await other.close();
    });
  });
}
