import { readdir, rmdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createLayout } from '../../../src/artifacts/cache/cache-layout.ts';
import { Presence } from '../../../src/artifacts/cache/presence.ts';
import { temporaryDirectory } from '../cache-fixture.ts';

describe('Presence', () => {
  it('is known to the others before it has a directory that they could sweep', async () => {
    const layout = await createLayout(await temporaryDirectory());
    await rmdir(layout.tmp);
    // So that its directory cannot be made.
    await writeFile(layout.tmp, '');
    const presence = new Presence(layout, Date.now);
    await expect(presence.publish()).rejects.toMatchObject({ code: 'ENOTDIR' });
    expect(await readdir(layout.processes)).toEqual([`${presence.instance}.json`]);
    expect(await presence.neighbour(presence.instance)).toMatchObject({ isGone: false });
  });
});
