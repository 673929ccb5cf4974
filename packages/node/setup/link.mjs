import { existsSync, lstatSync, mkdirSync, readlinkSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { inspectEntry, MANIFEST } from './cache.mjs';
import { ADDON_NAME } from './compile.mjs';
import { messageOf } from './failure.mjs';

/**
 * @import { LinkResult, LinkState } from './types.d.mts'
 */

/** Where the package looks for its addon: it takes the highest Node-API version it lists, on every Node. */
export const addonPath = (/** @type {string} */ packageFolder) => join(packageFolder, 'lib', 'napi-v8', ADDON_NAME);

/**
 * What a copy of tfjs-node-gpu would load.
 *
 * @param {string} packageFolder
 * @returns {LinkState}
 */
export function inspectLink(packageFolder) {
  const addon = addonPath(packageFolder);
  if (!existsSync(addon)) {
    const link = [addon, dirname(addon)].find(isLink);
    return link ? { state: 'dangling', addon, target: resolve(dirname(link), readlinkSync(link)) } : { state: 'missing', addon };
  }
  const target = realpathSync(addon);
  const entry = entryOf(target);
  if (!entry) return { state: 'foreign', addon, target, isLink: isLink(addon) || isLink(dirname(addon)) };
  const content = inspectEntry(entry);
  if (content.state !== 'ready')
    return { state: 'damaged', addon, target, entry, problem: content.state === 'damaged' ? content.problem : 'missing' };
  return { state: 'linked', addon, target, entry, manifest: content.manifest };
}

/** @param {string} path @returns {boolean} */
const isLink = (path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

/** The cache folder an addon lies in: as `lib/…` or as `package/lib/napi-v8/…`. @param {string} target @returns {string | null} */
function entryOf(target) {
  const folders = ['..', '../../..'].map((up) => resolve(dirname(target), up));
  return folders.find((folder) => existsSync(join(folder, MANIFEST))) ?? null;
}

/**
 * Makes a copy of tfjs-node-gpu load this addon. Only the link is created; no file of the package changes.
 *
 * @param {string} packageFolder
 * @param {string} addon in the cache
 * @returns {LinkResult}
 */
export function linkAddon(packageFolder, addon) {
  const link = addonPath(packageFolder);
  const result = { package: packageFolder, addon: link };
  try {
    if (existsSync(link) && realpathSync(link) === realpathSync(addon)) return { ...result, state: 'already' };
    if (process.platform === 'win32') replaceJunction(dirname(link), dirname(addon));
    else replaceLink(link, addon);
    return { ...result, state: 'linked' };
  } catch (error) {
    return { ...result, state: 'failed', message: `Cannot create ${link}: ${messageOf(error)}` };
  }
}

/** Renamed into place, so that a process that starts meanwhile sees the old or the new one. @param {string} link @param {string} target */
function replaceLink(link, target) {
  mkdirSync(dirname(link), { recursive: true });
  const fresh = `${link}.${process.pid}`;
  rmSync(fresh, { force: true });
  symlinkSync(target, fresh);
  // A file that someone else put there is theirs to delete.
  if (existsSync(link) && !isLink(link)) renameSync(link, `${link}.replaced`);
  renameSync(fresh, link);
}

/** Windows lets every user link folders, but not files. @param {string} link @param {string} target */
function replaceJunction(link, target) {
  mkdirSync(dirname(link), { recursive: true });
  if (isLink(link)) rmSync(link);
  else if (existsSync(link)) renameSync(link, `${link}.replaced`);
  symlinkSync(target, link, 'junction');
}
