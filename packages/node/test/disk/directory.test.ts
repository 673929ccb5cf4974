import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContinualLearningError, type Files } from '@cl/core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { directory } from '../../src/disk/index.js';

const root = mkdtempSync(join(tmpdir(), 'cl-directory-'));
let count = 0;
let path = '';

beforeEach(() => {
  path = join(root, String(count++), 'runs');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const files = (value: number): Files => ({
  'manifest.json': new TextEncoder().encode(`{"value":${value}}`),
  'data.bin': new Uint8Array(1000).fill(value),
});

describe('directory', () => {
  it('gives back what was written, the newest first asked for, and lists oldest first', async () => {
    const store = directory(path);
    expect(await store.list()).toEqual([]);
    await store.write('b', files(1));
    await store.write('a', files(2));
    expect(await store.read()).toEqual({ name: 'a', where: join(path, 'a'), files: files(2) });
    expect((await directory(path).read('b')).files).toEqual(files(1));
    expect(await store.list()).toEqual(['b', 'a']);
    expect(readdirSync(path).sort()).toEqual(['a', 'b']);
  });

  it('replaces a checkpoint of the same name, which is the newest then', async () => {
    const store = directory(path);
    for (const [name, value] of [
      ['last', 1],
      ['other', 2],
      ['last', 3],
    ] as const)
      await store.write(name, files(value));
    expect([await store.list(), (await store.read()).files]).toEqual([['other', 'last'], files(3)]);
    expect(readdirSync(path).sort()).toEqual(['last', 'other']);
  });

  it('knows the newest also when the clock was set back', async () => {
    const store = directory(path);
    await store.write('future', files(1));
    const later = Date.now() / 1000 + 3600;
    utimesSync(join(path, 'future', 'manifest.json'), later, later);
    await store.write('now', files(2));
    expect((await store.read()).name).toBe('now');
  });

  it('keeps so many, and leaves alone what is no checkpoint', async () => {
    const store = directory(path, { keep: 2 });
    mkdirSync(join(path, 'logs'), { recursive: true });
    writeFileSync(join(path, 'notes.txt'), 'mine');
    for (let i = 0; i < 5; i++) await store.write(`step-${i}`, files(i));
    expect(await store.list()).toEqual(['step-3', 'step-4']);
    expect(readdirSync(path).sort()).toEqual(['logs', 'notes.txt', 'step-3', 'step-4']);
  });

  it('takes writes one after another', async () => {
    const store = directory(path, { keep: 3 });
    await Promise.all([1, 2, 3, 4, 5].map((i) => store.write(`step-${i % 4}`, files(i))));
    expect(await store.list()).toEqual(['step-3', 'step-0', 'step-1']);
    expect((await store.read()).files).toEqual(files(5));
  });

  it('says what is missing and what is there', async () => {
    const store = directory(path);
    await expect(store.read()).rejects.toThrow(
      expect.objectContaining({ code: 'CL_CHECKPOINT', message: `${path}: expected a checkpoint, found none. There is none yet.` }),
    );
    await store.write('one', files(1));
    await expect(store.read('two')).rejects.toThrow("expected a checkpoint 'two', found none. There are: one.");
  });

  it.each(['../out', '.hidden', 'a/b', ''])('refuses the name %j', async (name) => {
    await expect(directory(path).write(name, files(1))).rejects.toThrow(expect.objectContaining({ code: 'CL_OPTION' }));
    await expect(directory(path).write('ok', { ...files(1), [name]: new Uint8Array() })).rejects.toThrow(
      expect.objectContaining({ code: 'CL_OPTION' }),
    );
  });

  it('refuses bad options and what is no checkpoint', async () => {
    for (const odd of [undefined, 3, '', new URL('file:///tmp')])
      expect(() => directory(odd as never)).toThrow(/^directory\(\): expected the path of a folder as a text, received/);
    expect(() => directory(path, { keep: 0 })).toThrow('directory({ keep: 0 }): keep must be a whole number of at least 1 or Infinity');
    expect(() => directory(path, { kep: 1 } as never)).toThrow("Did you mean 'keep'?");
    await expect(directory(path).write('one', { 'a.bin': new Uint8Array(1) })).rejects.toThrow('a checkpoint needs a file manifest.json');
  });
});

describe('when reading fails', () => {
  it('because the path is a file, says so', async () => {
    mkdirSync(path, { recursive: true });
    const file = join(path, 'file');
    writeFileSync(file, '');
    const said = {
      code: 'CL_DISK',
      message: `${file}: checkpoints could not be read: a part of the path is a file. Give the path of a directory (ENOTDIR).`,
    };
    await expect(directory(file).read()).rejects.toThrow(expect.objectContaining(said));
    await expect(directory(file).list()).rejects.toThrow(expect.objectContaining(said));
  });

  it('leaves out folders inside of a checkpoint', async () => {
    const store = directory(path);
    await store.write('one', files(1));
    mkdirSync(join(path, 'one', '.trash'));
    expect((await store.read()).files).toEqual(files(1));
  });
});

// The states in which a kill can leave a directory, made by hand; kill.test.ts meets them at random.
describe('after a kill', () => {
  const written = async () => {
    const store = directory(path);
    await store.write('one', files(1));
    await store.write('two', files(2));
    return store;
  };

  it('while files were written: the half one is not there, and is cleared away by the next write', async () => {
    const store = await written();
    mkdirSync(join(path, '.unfinished-three'));
    writeFileSync(join(path, '.unfinished-three', 'manifest.json'), '{');
    expect([await store.list(), (await store.read()).name]).toEqual([['one', 'two'], 'two']);
    await store.write('three', files(3));
    expect(readdirSync(path).sort()).toEqual(['one', 'three', 'two']);
  });

  it('while one was replaced, before the new one had its name: the former one counts', async () => {
    const store = await written();
    cpSync(join(path, 'two'), join(path, '.unfinished-two'), { recursive: true });
    renameSync(join(path, 'two'), join(path, '.replaced-two'));
    expect([await store.list(), await store.read()]).toEqual([['one', 'two'], { name: 'two', where: join(path, 'two'), files: files(2) }]);
    await store.write('three', files(3));
    expect(readdirSync(path).sort()).toEqual(['one', 'three', 'two']);
    expect((await store.read('two')).files).toEqual(files(2));
  });

  it('while one was replaced, after the new one had its name: the new one counts', async () => {
    const store = await written();
    cpSync(join(path, 'one'), join(path, '.replaced-two'), { recursive: true });
    expect((await store.read('two')).files).toEqual(files(2));
    await store.write('three', files(3));
    expect(readdirSync(path).sort()).toEqual(['one', 'three', 'two']);
  });
});

describe('when writing fails', () => {
  const failing = async (store: ReturnType<typeof directory>, name = 'new'): Promise<ContinualLearningError> => {
    const error: unknown = await store.write(name, { ...files(9), 'large.bin': new Uint8Array(1_000_000) }).then(
      () => null,
      (reason) => reason,
    );
    if (!ContinualLearningError.is(error, 'CL_DISK')) throw new Error('Expected CL_DISK.', { cause: error });
    return error;
  };

  // A limit on the size of files, for this process: the same call fails that fails on a full disk.
  it.runIf(process.platform === 'linux')('in the middle of a file: CL_DISK, nothing is left, the older ones stand', async () => {
    const store = directory(path, { keep: 1 });
    await store.write('old', files(1));
    const limit = (bytes: string) => execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
    limit('500000');
    try {
      for (const name of ['new', 'old']) {
        const { message } = await failing(store, name);
        expect(message).toMatch(
          new RegExp(
            `^${path}: checkpoint '${name}' \\(10010\\d\\d bytes\\) could not be written: .* \\(EFBIG\\)\\. Nothing of it is left; the checkpoints before it stand\\.$`,
          ),
        );
        expect(readdirSync(path)).toEqual(['old']);
      }
    } finally {
      limit('unlimited');
    }
    expect(await store.read()).toMatchObject({ name: 'old', files: files(1) });
    await store.write('new', files(2));
    expect(await store.list()).toEqual(['new']);
  });

  it('because the path is a file', async () => {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, '');
    expect((await failing(directory(path))).message).toContain('Give the path of a directory (EEXIST)');
    expect((await failing(directory(join(path, 'below')))).message).toContain('Give the path of a directory (ENOTDIR)');
  });

  it.runIf(process.platform !== 'win32' && process.getuid?.() !== 0)('because the user may not', async () => {
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o500);
    expect((await failing(directory(path))).message).toContain('this user may not write there (EACCES)');
    chmodSync(path, 0o700);
    expect(existsSync(join(path, 'new'))).toBe(false);
  });
});
