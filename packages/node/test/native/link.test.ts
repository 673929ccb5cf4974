import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeManifest } from '../../setup/cache.mjs';
import { findInstances } from '../../setup/instances.mjs';
import { addonPath, inspectLink, linkAddon } from '../../setup/link.mjs';
import { makeProject, temporaryFolder } from './store.js';

function makeEntry(): { entry: string; addon: string } {
  const entry = join(temporaryFolder(), 'entry');
  const addon = join(entry, 'lib', 'tfjs_binding.node');
  mkdirSync(dirname(addon), { recursive: true });
  writeFileSync(addon, 'addon');
  writeManifest(entry, {
    key: 'k',
    way: 'wheel',
    dist: 'tensorflow-cpu',
    version: '2.16.2',
    device: 'cpu',
    platform: 'linux',
    arch: 'x64',
    addon: 'lib/tfjs_binding.node',
  });
  return { entry, addon };
}

describe('findInstances', () => {
  it('finds every copy in a pnpm store once, from a folder deep inside', () => {
    const { folder, copies } = makeProject();
    const inside = join(folder, 'packages', 'a', 'src');
    mkdirSync(inside, { recursive: true });
    const found = findInstances([inside, folder]);
    expect(found.map((instance) => instance.folder).sort()).toEqual([...copies].sort());
    expect(found[0]?.version).toBe('4.22.0');
  });

  it('finds the copy of a flat node_modules', () => {
    const folder = temporaryFolder();
    const copy = join(folder, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
    mkdirSync(copy, { recursive: true });
    writeFileSync(join(copy, 'package.json'), '{ "version": "4.22.0" }');
    expect(findInstances([folder])).toEqual([{ folder: copy, version: '4.22.0' }]);
  });
});

describe('linkAddon and inspectLink', () => {
  it('goes from missing to linked, and is done once', () => {
    const { copies } = makeProject();
    const { entry, addon } = makeEntry();
    expect(inspectLink(copies[0]).state).toBe('missing');
    expect(linkAddon(copies[0], addon).state).toBe('linked');
    expect(inspectLink(copies[0])).toMatchObject({ state: 'linked', entry, target: addon });
    expect(linkAddon(copies[0], addon).state).toBe('already');
  });

  it('sees and repairs a link to a cache that was deleted', () => {
    const { copies } = makeProject();
    const gone = makeEntry();
    linkAddon(copies[0], gone.addon);
    rmSync(gone.entry, { recursive: true });
    expect(inspectLink(copies[0])).toMatchObject({ state: 'dangling', target: gone.addon });
    const { addon } = makeEntry();
    expect(linkAddon(copies[0], addon).state).toBe('linked');
    expect(readlinkSync(addonPath(copies[0]))).toBe(addon);
  });

  it('sees a cut-off file behind the link', () => {
    const { copies } = makeProject();
    const { addon } = makeEntry();
    linkAddon(copies[0], addon);
    truncateSync(addon, 2);
    expect(inspectLink(copies[0])).toMatchObject({ state: 'damaged', problem: 'lib/tfjs_binding.node has 2 of 5 bytes' });
  });

  it('moves a file aside that another installation put there, and deletes nothing', () => {
    const { copies } = makeProject();
    const { addon } = makeEntry();
    const place = addonPath(copies[0]);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, 'theirs');
    expect(inspectLink(copies[0])).toMatchObject({ state: 'foreign', isLink: false });
    expect(linkAddon(copies[0], addon).state).toBe('linked');
    expect(lstatSync(place).isSymbolicLink()).toBe(true);
    expect(readFileSync(`${place}.replaced`, 'utf8')).toBe('theirs');
  });

  it('takes a link of somebody else for what it is', () => {
    const { copies, folder } = makeProject();
    const theirs = join(folder, 'theirs.node');
    writeFileSync(theirs, '');
    mkdirSync(dirname(addonPath(copies[0])), { recursive: true });
    symlinkSync(theirs, addonPath(copies[0]));
    expect(inspectLink(copies[0])).toMatchObject({ state: 'foreign', isLink: true });
  });

  it('says which folder it could not write', () => {
    const { copies } = makeProject();
    writeFileSync(join(copies[0], 'lib'), 'a file where a folder should be');
    const result = linkAddon(copies[0], makeEntry().addon);
    expect(result).toMatchObject({ state: 'failed', message: expect.stringContaining(addonPath(copies[0])) });
    expect(existsSync(addonPath(copies[0]))).toBe(false);
  });
});
