import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { global, pickle, raw, text } from './pickle-bytes.ts';
import { readApart } from './read-apart.ts';
import { dictNode, schemaZip, zipOf } from './zip-bytes.ts';

const MB = 2 ** 20;
const TOO_MUCH = 'unfolds into more than 512 MiB of values';

/** The budget, and what was dropped and not yet collected. The most that was seen is 602 MB (three files of 200 MB). */
const MAX_GROWTH_MB = 800;

/** What `parts` make again and again, from a few bytes each time, after `start`. */
function again(start: Uint8Array | string, part: string, times: number): Uint8Array {
  return pickle(start, part.repeat(times));
}

const bigText = text('x'.repeat(4 * MB));
const bigDict = raw('}(', ...Array.from({ length: 50_000 }, (_, at) => raw(text(`key${at}`), 'N')), 'u');
const fields = raw('(', ...Array.from({ length: 50_000 }, (_, at) => text(`f${at}`)), 't');

describe('a pickle that unfolds', () => {
  it.each<[string, Uint8Array, string]>([
    ['30 MB of copies', again('N', '2', 30 * MB), TOO_MUCH],
    ['4 MB of dicts', again('(', '}', 4 * MB), TOO_MUCH],
    ['8 MB of lists', again('(', ']', 8 * MB), TOO_MUCH],
    ['16 MB of memo', again('N', '\x94', 16 * MB), TOO_MUCH],
    ['30 MB of marks', again('', '(', 30 * MB), TOO_MUCH],
    ['two million marks', again('', '(', 2_000_000), 'takes a value that is not there'],
    [
      'a text made bytes again and again',
      again(
        raw(global('_codecs', 'encode'), '\x94', bigText, '\x940'),
        `h\0h\x01\x8c\x06latin1\x86R`,
        100_000,
      ),
      TOO_MUCH,
    ],
    [
      'a list made a set again and again',
      again(raw(global('builtins', 'set'), '\x94](', 'N'.repeat(MB), 'e\x940'), 'h\0h\x01\x85R', 100_000),
      TOO_MUCH,
    ],
    [
      'a dict as the state of many objects',
      again(raw(global('a', 'B'), '\x94', bigDict, '\x940'), 'h\0)\x81h\x01b', 100_000),
      TOO_MUCH,
    ],
    [
      'a name joined again and again',
      again(raw(bigText, '\x94'), 'h\0h\0\x93', 1_000_000),
      'named by more than 255 characters',
    ],
    [
      'a short name joined again and again',
      again(raw(text('x'.repeat(255)), '\x94'), 'h\0h\0\x930', 2_000_000),
      TOO_MUCH,
    ],
    [
      'a dtype of many fields',
      pickle(global('numpy', 'dtype'), text('V8'), 'NN\x87R', '(K\x03\x8c\x01|N', fields, '}K\x08K\x01K\0tb'),
      'a dtype has no fields',
    ],
  ])(
    'is bounded in memory and time: %s',
    (_name, bytes, why) => {
      const { outcome, growthMb, ms } = readApart('model.pkl', bytes);
      expect(outcome).toContain(why);
      expect(growthMb).toBeLessThan(MAX_GROWTH_MB);
      expect(ms).toBeLessThan(20_000);
    },
    60_000,
  );
});

describe('a zip that unfolds', () => {
  const zeros = (size: number) => deflateRawSync(new Uint8Array(size), { level: 9 });
  const third = { content: zeros(200 * MB), method: 8, size: 200 * MB, crc: crc32(new Uint8Array(200 * MB)) };
  const empty = Buffer.from('{}');

  it.each<[string, Uint8Array, string]>([
    [
      'a schema of 1 GB',
      zipOf([{ name: 'schema.json', content: zeros(1024), method: 8, size: 2 ** 30 }]),
      'its schema.json has more than 256 MiB',
    ],
    [
      'a file that is longer than it says',
      schemaZip(dictNode('model.bin'), [
        { name: 'model.bin', content: zeros(300 * MB), method: 8, size: 100 },
      ]),
      'cannot be unpacked at "model.bin"',
    ],
    [
      'a file of 600 MB',
      schemaZip(dictNode('model.bin'), [
        { name: 'model.bin', content: zeros(600 * MB), method: 8, size: 600 * MB },
      ]),
      TOO_MUCH,
    ],
    [
      'three files of 200 MB',
      schemaZip(
        dictNode('a', 'b', 'c'),
        ['a', 'b', 'c'].map((name) => ({ name, ...third })),
      ),
      TOO_MUCH,
    ],
    [
      '16 MB of objects',
      zipOf([{ name: 'schema.json', content: Buffer.from(`[${'{},'.repeat(5_500_000)}{}]`) }]),
      'its schema.json is no object',
    ],
    [
      '60 MB of objects',
      zipOf([{ name: 'schema.json', content: Buffer.from(`[${'{},'.repeat(20_000_000)}{}]`) }]),
      TOO_MUCH,
    ],
    [
      '60 MB of brackets',
      zipOf([{ name: 'schema.json', content: Buffer.from('['.repeat(60 * MB)) }]),
      TOO_MUCH,
    ],
    [
      'an object 100,000 deep',
      zipOf([
        { name: 'schema.json', content: Buffer.from(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`) },
      ]),
      'it does not tell its protocol',
    ],
    ['nothing', zipOf([{ name: 'schema.json', content: empty }]), 'it does not tell its protocol'],
  ])(
    'is bounded in memory and time: %s',
    (_name, bytes, why) => {
      const { outcome, growthMb, ms } = readApart('model.skops', bytes);
      expect(outcome).toContain(why);
      expect(growthMb).toBeLessThan(MAX_GROWTH_MB);
      expect(ms).toBeLessThan(20_000);
    },
    60_000,
  );
});
