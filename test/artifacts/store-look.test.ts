import { describe, expect, it } from 'vitest';
import { lookAtStore } from '../../src/artifacts/store-look.ts';
import { MemorySource } from '../fakes/memory-source.ts';

const noAbort = new AbortController().signal;
const FILES = { MLmodel: 'flavors: {}', 'model.onnx': 'graph', 'a/b.txt': 'text' };

function setUp() {
  const source = new MemorySource(FILES);
  return { source, look: () => lookAtStore([source], 'memory:/iris/1', noAbort) };
}

describe('lookAtStore', () => {
  it('sees the same in the same files, in whatever order they are listed', async () => {
    const { source, look } = setUp();
    const first = await look();
    source.files = new Map([...source.files].reverse());
    expect(await look()).toBe(first);
  });

  it.each<[string, (source: MemorySource) => void]>([
    ['a file more', (source) => void source.files.set('more', Buffer.from(''))],
    ['a file less', (source) => void source.files.delete('a/b.txt')],
    ['another size', (source) => void source.files.set('a/b.txt', Buffer.from('texts'))],
    ['other bytes of a small file', (source) => void source.files.set('model.onnx', Buffer.from('grapH'))],
    ['another size in the listing alone', (source) => void source.listedSizes.set('MLmodel', 1)],
  ])('sees %s', async (_, change) => {
    const { source, look } = setUp();
    const first = await look();
    change(source);
    expect(await look()).not.toBe(first);
  });

  it('reads of a large version the MLmodel and nothing else', async () => {
    const { source, look } = setUp();
    source.files.set('model.onnx', Buffer.alloc(1_024 * 1_024));
    await look();
    expect(source.opened).toEqual(['MLmodel']);
  });

  it('reads no more than a mebibyte of a file that is longer than listed', async () => {
    const { source, look } = setUp();
    source.files.set('MLmodel', Buffer.alloc(8 * 1_024 * 1_024));
    source.listedSizes.set('MLmodel', 10);
    let isReadToItsEnd = false;
    source.betweenChunks = (path) => {
      if (path === 'MLmodel') isReadToItsEnd = true;
    };
    await look();
    expect(isReadToItsEnd).toBe(false);
  });

  it('looks at the MLmodel where the store cannot list', async () => {
    const { source, look } = setUp();
    source.canList = false;
    const first = await look();
    source.files.set('MLmodel', Buffer.from('flavors: {onnx: {}}'));
    expect(await look()).not.toBe(first);
    expect(source.opened).toEqual(['MLmodel', 'MLmodel']);
  });

  it('fails where the files cannot be had', async () => {
    const { source, look } = setUp();
    source.betweenChunks = () => {
      throw new Error('cut');
    };
    await expect(look()).rejects.toThrow('cut');
    await expect(lookAtStore([source], 'other:/iris/1', noAbort)).rejects.toMatchObject({
      code: 'ARTIFACT_FORBIDDEN',
    });
  });
});
