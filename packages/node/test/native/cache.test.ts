import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheFolder, entryKey, inspectEntry, listEntries, writeManifest } from '../../setup/cache.mjs';
import { SetupFailure } from '../../setup/failure.mjs';
import { requireSpace } from '../../setup/platform.mjs';
import { moveIntoPlace, withStage } from '../../setup/stage.mjs';
import { temporaryFolder } from './store.js';

const build = { dist: 'tensorflow-cpu', version: '2.16.2', platform: 'linux', arch: 'x64' };

function packageWith(sources: Record<string, string>): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'binding'));
  for (const [name, text] of Object.entries(sources)) writeFileSync(join(folder, 'binding', name), text);
  return folder;
}

function makeEntry(folder: string, content = 'library'): string {
  mkdirSync(join(folder, 'lib'), { recursive: true });
  writeFileSync(join(folder, 'lib', 'a.so'), content);
  writeManifest(folder, { ...build, key: 'k', way: 'wheel', device: 'cpu', addon: 'lib/a.so' });
  return folder;
}

describe('entryKey', () => {
  const sources = { 'a.cc': 'int a;', 'b.h': 'int b;' };

  it('is the same wherever the package lies', () => {
    expect(entryKey(build, packageWith(sources))).toBe(entryKey(build, packageWith(sources)));
  });

  it('holds across releases of this set-up, so that one download serves them', () => {
    // sha256 of "layout 1", then name and text of each file behind zero bytes: those of the package by name, then the guard.
    const guard = readFileSync(new URL('../../setup/thread-guard.cc', import.meta.url), 'utf8');
    const files = [...Object.entries(sources).sort(), ['thread-guard.cc', guard]];
    const text = `layout 1${files.map(([name, content]) => `\0${name}\0${content}`).join('')}`;
    const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
    expect(entryKey(build, packageWith(sources))).toBe(`tensorflow-cpu-2.16.2-linux-x64-${digest}`);
  });

  it('changes with all that changes the addon', () => {
    const keys = [
      entryKey(build, packageWith(sources)),
      entryKey(build, packageWith({ ...sources, 'a.cc': 'int c;' })),
      entryKey(build, packageWith({ 'a.cc': 'int a;', 'c.h': 'int b;' })),
      entryKey({ ...build, version: '2.20.0' }, packageWith(sources)),
      entryKey({ ...build, dist: 'tensorflow-gpu' }, packageWith(sources)),
      entryKey({ ...build, arch: 'arm64' }, packageWith(sources)),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('cacheFolder', () => {
  it('follows XDG_CACHE_HOME, else the habit of the system', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/elsewhere' })).toBe(join('/elsewhere', 'continual-learning', 'tensorflow'));
    expect(cacheFolder({ HOME: '/home/a' }).startsWith(join('/home/a'))).toBe(true);
  });
});

describe('inspectEntry', () => {
  it('sees files that are cut off or gone', () => {
    const entry = makeEntry(join(temporaryFolder(), 'entry'));
    expect(inspectEntry(entry).state).toBe('ready');
    truncateSync(join(entry, 'lib', 'a.so'), 3);
    expect(inspectEntry(entry)).toEqual({ state: 'damaged', problem: 'lib/a.so has 3 of 7 bytes' });
    rmSync(join(entry, 'lib', 'a.so'));
    expect(inspectEntry(entry)).toEqual({ state: 'damaged', problem: 'lib/a.so is missing' });
    rmSync(entry, { recursive: true });
    expect(inspectEntry(entry)).toEqual({ state: 'missing' });
  });

  it('does not take a folder without its list of files for finished', () => {
    const entry = join(temporaryFolder(), 'entry');
    mkdirSync(entry);
    expect(inspectEntry(entry).state).toBe('damaged');
  });
});

describe('withStage and moveIntoPlace', () => {
  it('two builds of the same folder both end well, and one folder is left', async () => {
    const root = join(temporaryFolder(), 'cache');
    const entry = join(root, 'entry');
    const buildOne = (text: string) =>
      withStage(root, async (stage) => {
        const built = makeEntry(join(stage, 'entry'), text);
        await new Promise((resolve) => setTimeout(resolve, 20));
        moveIntoPlace(built, entry, { replace: false });
      });
    await Promise.all([buildOne('first'), buildOne('second'), buildOne('third')]);
    expect(readdirSync(root)).toEqual(['entry']);
    expect(readFileSync(join(entry, 'lib', 'a.so'), 'utf8')).toBe('first');
  });

  it('replaces a damaged folder, and a sound one only when asked to', async () => {
    const root = join(temporaryFolder(), 'cache');
    const entry = makeEntry(join(root, 'entry'), 'old');
    const put = (text: string, replace: boolean) =>
      withStage(root, async (stage) => moveIntoPlace(makeEntry(join(stage, 'entry'), text), entry, { replace }));
    const content = () => readFileSync(join(entry, 'lib', 'a.so'), 'utf8');
    await put('new', false);
    expect(content()).toBe('old');
    await put('newer', true);
    expect(content()).toBe('newer');
    truncateSync(join(entry, 'lib', 'a.so'), 1);
    await put('newest', false);
    expect(content()).toBe('newest');
    expect(readdirSync(root)).toEqual(['entry']);
  });

  it('removes what killed processes left, and nothing of those that run', async () => {
    const root = temporaryFolder();
    // No process has the highest number there is.
    const [dead, running, elsewhere] = [`.tmp-${hostname()}-4194304-a`, `.tmp-${hostname()}-${process.pid}-b`, '.tmp-another-machine-1-c'];
    for (const name of [dead, running, elsewhere]) mkdirSync(join(root, name));
    await withStage(root, async (stage) => expect(existsSync(stage)).toBe(true));
    expect(readdirSync(root).sort()).toEqual([running, elsewhere].sort());
    expect(listEntries(root).map(({ state }) => state)).toEqual(['unfinished', 'unfinished']);
  });

  it('removes its own folder when the build fails', async () => {
    const root = temporaryFolder();
    const failing = withStage(root, async () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(readdirSync(root)).toEqual([]);
  });

  it('says what to do when the cache cannot be written', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    await expect(withStage(join(file, 'cache'), async () => {})).rejects.toMatchObject({
      reason: 'disk',
      advice: 'Set XDG_CACHE_HOME to a folder you may write to.',
    });
  });
});

describe('requireSpace', () => {
  it('asks the disk of a folder that is not there yet', () => {
    const folder = join(temporaryFolder(), 'not', 'there');
    expect(() => requireSpace(folder, 1)).not.toThrow();
    expect(() => requireSpace(folder, 1e18)).toThrow(SetupFailure);
    expect(() => requireSpace(folder, 1e18)).toThrow(/free, the set-up needs 1000000000\.0 GB/);
  });
});
