import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHttpFolderSource } from '../../src/artifacts/http/http-folder-source.ts';
import { startHttpServer } from '../fakes/http-server.ts';
import { MemorySource } from '../fakes/memory-source.ts';
import { answerRangedFile } from '../fakes/ranged-file.ts';
import { openCache, temporaryDirectory } from './cache-fixture.ts';
import { MLMODEL, rulesFor, versionOf } from './versions.ts';

const { signal } = new AbortController();

describe('a long download', () => {
  it('goes on after a cut connection, tells so, and stores the right bytes', async () => {
    const graph = randomBytes(3_000_000);
    let cuts = 0;
    const server = await startHttpServer((request, response) => {
      if (request.url !== '/iris/model.onnx') return void response.end(MLMODEL);
      // 206 answers are let through; those of 200 end in the middle.
      if (request.headers.range !== undefined) return answerRangedFile(request, response, graph);
      cuts++;
      const etag = `"${createHash('md5').update(graph).digest('hex')}"`;
      response.writeHead(200, { etag, 'content-length': graph.byteLength });
      response.write(graph.subarray(0, 1_000_000), () => response.destroy());
    });
    const http = createHttpFolderSource({ allowedOrigins: [server.origin], trustedOrigin: null });
    onTestFinished(async () => {
      await http.close();
      await server.close();
    });
    const { cache, notes } = await openCache({ directory: await temporaryDirectory(), sources: [http] });
    const asked: string[] = [];
    const rules = rulesFor(`${server.origin}/iris`, {
      missingFiles: async () => (asked.push('') === 1 ? ['model.onnx'] : []),
    });
    const { directory } = await cache.ensure(versionOf('1'), rules, signal);
    expect((await readFile(join(directory, 'model.onnx'))).equals(graph)).toBe(true);
    expect(cuts).toBe(1);
    expect(server.requests.at(-1)!.headers.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(
      /^version 1 of "iris": the download of "model.onnx" broke off after .*goes on there/,
    );
  });

  it('reports on a download that takes long', async () => {
    const source = new MemorySource({ MLmodel: MLMODEL, 'model.onnx': 'graph' });
    let now = 0;
    source.betweenChunks = () => {
      now += 6_000;
    };
    const reports: unknown[] = [];
    const { cache } = await openCache({
      directory: await temporaryDirectory(),
      sources: [source],
      now: () => now,
      onProgress: (version, progress) => reports.push([version.version, progress]),
    });
    const { sizeBytes } = await cache.ensure(versionOf('1'), rulesFor('memory:/iris'), signal);
    expect(reports[0]).toEqual(['1', expect.objectContaining({ totalBytes: sizeBytes, isDone: false })]);
    expect(reports.at(-1)).toEqual([
      '1',
      expect.objectContaining({ receivedBytes: sizeBytes, totalBytes: sizeBytes, isDone: true }),
    ]);
  });
});
