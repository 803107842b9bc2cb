import { StateFile } from '../../src/lifecycle/state-file.ts';
import { versionOf } from './versions.ts';

// A process that dies while it loads, for tests that kill it. Arguments: directory of state files, versions.
const [directory, ...versions] = process.argv.slice(2) as [string, ...string[]];
const state = await StateFile.open(directory, 'http://registry');
for (const version of versions) await state.markLoading(versionOf(version));
process.stdout.write('marked\n');
setInterval(() => {}, 1_000);
