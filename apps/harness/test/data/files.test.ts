import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ContinualLearningError } from '@cl/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseIdx } from '../../src/data/idx.js';
import { cacheFolder, locate } from '../../src/data/locate.js';
import { readPacked } from '../../src/data/read-packed.js';
import { file as answerWith, serve } from './server.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const content = createHash('shake256', { outputLength: 5000 }).update('anything').digest();
const packed = gzipSync(content, { level: 9 });
const file = {
  name: 'a-ubyte.gz',
  bytes: packed.length,
  sha256: sha256(packed),
  unpacked: { bytes: content.length, sha256: sha256(content) },
};
const source = { name: 'set', title: 'A set', licence: 'CC0', origins: ['http://127.0.0.1:9/set/'] };

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'data-'));
  mkdirSync(join(folder, 'set'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, 'set', name);
  writeFileSync(path, bytes);
  return path;
};

async function failure(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    expect(ContinualLearningError.is(error, 'CL_DATA')).toBe(true);
    return (error as Error).message;
  }
  throw new Error('Nothing was thrown.');
}

describe('readPacked', () => {
  it('reads the published file, one compressed again, and one unpacked', async () => {
    for (const path of [put(file.name, packed), put('b.gz', gzipSync(content, { level: 1 })), put('a-ubyte', content)]) {
      expect(Buffer.compare(await readPacked(path, file), content)).toBe(0);
    }
  });

  it('says that a file is cut off, and where', async () => {
    const path = put(file.name, packed.subarray(0, 100));
    expect(await failure(() => readPacked(path, file))).toBe(
      `${path}: the file is cut off after 100 of 5,023 bytes; delete it and run again, or pass --data with another folder.`,
    );
  });

  it('gives both checksums of a wrong file, and what to do', async () => {
    const other = gzipSync(content.map((byte) => byte + 1));
    const path = put(file.name, other);
    const message = await failure(() => readPacked(path, file));
    expect(message).toContain(`expected SHA-256 ${file.sha256}, found ${sha256(other)}`);
    expect(message).toContain(
      'a-ubyte.gz is damaged or not the official one; delete it and run again, or pass --data with another folder.',
    );
    const notPacked = put('c.gz', content);
    expect(await failure(() => readPacked(notPacked, file))).toContain(`found ${sha256(content)} (5,000 bytes in place of 5,023)`);
    const unpacked = put('a-ubyte', content.subarray(1));
    expect(await failure(() => readPacked(unpacked, file))).toContain(`expected SHA-256 ${file.unpacked.sha256}`);
    expect(await failure(() => readPacked(put('d.gz', new Uint8Array()), file))).toContain('(0 bytes in place of');
  });

  it('does not unpack more than the file holds', async () => {
    const bomb = put('bomb.gz', gzipSync(new Uint8Array(50_000_000)));
    expect(await failure(() => readPacked(bomb, file))).toContain('damaged or not the official one');
  });

  it('keeps the reason where a file cannot be read', async () => {
    expect(await failure(() => readPacked(join(folder, 'set'), file))).toContain('cannot be read: EISDIR');
  });
});

describe('locate', () => {
  it('finds a file in the folder given, before that of CL_DATA', async () => {
    const path = put(file.name, packed);
    expect(await locate(source, file, { data: folder, environment: { CL_DATA: '/nowhere' } })).toBe(path);
    expect(await locate(source, file, { environment: { CL_DATA: folder } })).toBe(path);
    rmSync(path);
    const unpacked = put('a-ubyte', content);
    expect(await locate(source, file, { data: folder })).toBe(unpacked);
  });

  it('downloads nothing where a folder was given, and says what was looked for, where, and how to get it', async () => {
    const environment = { XDG_CACHE_HOME: '/cache' };
    expect(await failure(() => locate(source, file, { data: folder, environment }))).toBe(
      `set/a-ubyte.gz: not found in ${folder} (given by --data); looked for ${join(folder, 'set', 'a-ubyte.gz')}, also without .gz. ` +
        `Put the files of http://127.0.0.1:9/set/ (A set, CC0) into ${join(folder, 'set')}, or leave --data out and they are downloaded once ` +
        'into /cache/continual-learning/data.',
    );
    const nowhere = join(folder, 'nowhere');
    expect(await failure(() => locate(source, file, { environment: { CL_DATA: nowhere } }))).toContain(
      `there is no folder ${nowhere} (given by CL_DATA)`,
    );
  });

  it('downloads once into the cache', async () => {
    const server = await serve(answerWith(packed));
    try {
      const from = { ...source, origins: [`${server.origin}set/`] };
      const environment = { XDG_CACHE_HOME: folder, CL_DATA: '' };
      const progress: number[] = [];
      const path = await locate(from, file, { environment, progress: ({ received }) => progress.push(received) });
      expect(path).toBe(join(folder, 'continual-learning', 'data', 'set', 'a-ubyte.gz'));
      expect(await locate(from, file, { environment })).toBe(path);
      expect(Buffer.compare(await readPacked(path, file), content)).toBe(0);
      expect(server.requests).toEqual(['GET /set/a-ubyte.gz']);
      expect(progress.at(-1)).toBe(packed.length);
    } finally {
      await server.close();
    }
  });

  it('keeps the cache where the system keeps such things', () => {
    const home = { HOME: '/home/ada' };
    expect(cacheFolder({ ...home, XDG_CACHE_HOME: '/x' }, 'linux')).toBe('/x/continual-learning/data');
    expect(cacheFolder(home, 'linux')).toBe('/home/ada/.cache/continual-learning/data');
    expect(cacheFolder(home, 'darwin')).toBe('/home/ada/Library/Caches/continual-learning/data');
    expect(cacheFolder({ ...home, LOCALAPPDATA: '/local' }, 'win32')).toBe('/local/continual-learning/data');
    expect(cacheFolder({}, 'linux')).toMatch(/\.cache.continual-learning.data$/);
  });
});

describe('parseIdx', () => {
  const header = (...words: number[]) => {
    const bytes = Buffer.alloc(words.length * 4);
    for (const [i, word] of words.entries()) bytes.writeUInt32BE(word, i * 4);
    return bytes;
  };
  const images = Buffer.concat([header(0x00000803, 2, 3, 4), Buffer.alloc(24, 7)]);

  it('gives the values, also from the middle of a buffer', () => {
    expect([...parseIdx(images, 'x', [2, 3, 4])]).toEqual(new Array(24).fill(7));
    const within = Buffer.concat([Buffer.alloc(3, 1), images]).subarray(3);
    expect(parseIdx(within, 'x', [2, 3, 4]).length).toBe(24);
  });

  it('refuses another format, other counts, and missing values', async () => {
    expect(await failure(() => parseIdx(images, 'x', [2]))).toBe(
      'x: not an idx file of bytes with 1 dimensions; it begins with 0x00000803, expected 0x00000801.',
    );
    expect(await failure(() => parseIdx(Buffer.from('PNG'), 'x', [2]))).toContain('it begins with only 3 bytes');
    expect(await failure(() => parseIdx(header(0x00000801), 'x', [2]))).toBe('x: the file ends within its header, after 4 bytes.');
    expect(await failure(() => parseIdx(images, 'x', [2, 4, 3]))).toBe('x: holds 2 × 3 × 4 values, expected 2 × 4 × 3.');
    expect(await failure(() => parseIdx(images.subarray(0, 30), 'x', [2, 3, 4]))).toBe(
      'x: says that 24 values follow (2 × 3 × 4), but 14 do.',
    );
    expect(await failure(() => parseIdx(Buffer.concat([images, images]), 'x', [2, 3, 4]))).toContain('but 64 do');
  });
});
