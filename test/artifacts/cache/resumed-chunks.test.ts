import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import type { ArtifactContent, ResumePoint } from '../../../src/artifacts/artifact-source.ts';
import { resumedChunks } from '../../../src/artifacts/cache/resumed-chunks.ts';
import { GatewayError, type GatewayErrorOptions } from '../../../src/errors.ts';

const MIB = 1_024 * 1_024;
const { signal } = new AbortController();

function cut(options: GatewayErrorOptions = {}): GatewayError {
  return new GatewayError('ARTIFACT_UNAVAILABLE', 'cut', options);
}

/** What one connection brings: chunks of these sizes from `offset` on, then `error` if there is one. */
function bringing(offset: number, sizes: readonly number[], error?: Error, validator: string | null = '"a"') {
  async function* read() {
    for (const size of sizes) yield Buffer.alloc(size);
    if (error !== undefined) throw error;
  }
  return (): ArtifactContent => ({ offset, validator, chunks: read() });
}

/** Downloads over these connections, one after the other. */
async function download(connections: readonly (() => ArtifactContent)[], sizeBytes: number | null) {
  const asked: (ResumePoint | null)[] = [];
  const pauses: number[] = [];
  const notes: string[] = [];
  const pieces: [offset: number, size: number][] = [];
  const queue = connections.values();
  const open = async (resume: ResumePoint | null) => {
    asked.push(resume);
    return queue.next().value!();
  };
  const pause = async (ms: number) => void pauses.push(ms);
  const file = {
    path: 'model.onnx',
    sizeBytes,
    open,
    pause,
    onNote: (note: string) => void notes.push(note),
  };
  const read = async () => {
    for await (const { offset, bytes } of resumedChunks(file, signal))
      pieces.push([offset, bytes.byteLength]);
  };
  const error = await read().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { asked, pauses, notes, pieces, error };
}

describe('resumedChunks', () => {
  it('goes on where the connection was cut', async () => {
    const { asked, pauses, notes, pieces, error } = await download(
      [bringing(0, [300, 200], cut()), bringing(500, [100], cut()), bringing(600, [400])],
      1_000,
    );
    expect(error).toBeNull();
    expect(pieces).toEqual([
      [0, 300],
      [300, 200],
      [500, 100],
      [600, 400],
    ]);
    expect(asked).toEqual([null, { offset: 500, validator: '"a"' }, { offset: 600, validator: '"a"' }]);
    expect(pauses).toEqual([500, 1_000]);
    expect(notes[0]).toBe(
      'the download of "model.onnx" broke off after 500 bytes of 1.00 kB, it goes on there: cut',
    );
  });

  it('begins anew where the store cannot go on, or has another file by now', async () => {
    const unable = await download([bringing(0, [300], cut(), null), bringing(0, [500])], 500);
    expect(unable.asked).toEqual([null, null]);
    expect(unable.notes[0]).toContain('it begins anew, because the store cannot go on there: cut');
    expect(unable.pieces).toEqual([
      [0, 300],
      [0, 0],
      [0, 500],
    ]);
    const replaced = await download([bringing(0, [300], cut()), bringing(0, [], undefined, '"b"')], null);
    expect(replaced.error).toBeNull();
    expect(replaced.pieces).toEqual([
      [0, 300],
      [0, 0],
    ]);
  });

  it('takes a clean end before the last byte for a cut, unless it could not go on anyway', async () => {
    const whole = await download([bringing(0, [300]), bringing(300, [700])], 1_000);
    expect(whole.error).toBeNull();
    expect(whole.notes[0]).toContain('artifact "model.onnx" ended after 300 of 1000 bytes');
    const short = await download([bringing(0, [300], undefined, null)], 1_000);
    expect(short.error).toBeNull();
    expect(short.asked).toHaveLength(1);
  });

  it('gives up after six attempts that bring too little', async () => {
    const failure = cut();
    const connections = Array.from({ length: 6 }, (_, index) => bringing(index * 10, [10], failure));
    const { error, pauses } = await download(connections, 1_000);
    expect(error).toBe(failure);
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
  });

  it('goes on for ever over connections that each bring a part, and not over those that begin anew', async () => {
    const parts = Array.from({ length: 50 }, (_, index) => bringing(index * MIB, [MIB], cut()));
    const steady = await download([...parts, bringing(50 * MIB, [1])], 50 * MIB + 1);
    expect(steady.error).toBeNull();
    expect(steady.pauses.every((ms) => ms === 500)).toBe(true);
    const anew = Array.from({ length: 9 }, () => bringing(0, [2 * MIB], cut(), null));
    expect((await download(anew, 3 * MIB)).asked).toHaveLength(6);
  });

  it('waits as long as the server asks for, and gives up at more than half a minute', async () => {
    const busy = await download([bringing(0, [1], cut({ retryAfterSeconds: 20 })), bringing(1, [1])], 2);
    expect(busy.pauses).toEqual([20_000]);
    const later = cut({ retryAfterSeconds: 31 });
    const { error, asked } = await download([bringing(0, [1], later)], 2);
    expect(error).toBe(later);
    expect(asked).toHaveLength(1);
  });

  it('tries nothing again that would fail again', async () => {
    const wrong = new GatewayError('ARTIFACT_INVALID', 'gone');
    const { error, asked } = await download([bringing(0, [1], wrong)], 2);
    expect(error).toBe(wrong);
    expect(asked).toHaveLength(1);
  });
});
