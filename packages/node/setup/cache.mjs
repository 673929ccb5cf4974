import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join, relative, sep } from 'node:path';
import { threadGuard } from './compile.mjs';
import { messageOf } from './failure.mjs';
import { listFiles, sizeOf } from './run.mjs';

/** @import { CacheEntry, Manifest } from './types.d.mts' */

/** Raise it when the files of a finished folder, or the way they are built, change. */
const LAYOUT = 1;
/** Folders of builds that are not finished begin so. */
export const STAGE_PREFIX = '.tmp-';
/** Marks a finished folder and says what must be in it. */
export const MANIFEST = 'native-tensorflow.json';

/**
 * Per user, so that one download serves all projects.
 *
 * @param {Readonly<Record<string, string | undefined>>} [environment]
 * @returns {string}
 */
export function cacheFolder(environment = process.env) {
  const home = environment.HOME || environment.USERPROFILE || homedir();
  const system = {
    darwin: join(home, 'Library', 'Caches'),
    win32: environment.LOCALAPPDATA || join(home, 'AppData', 'Local'),
  };
  const base = environment.XDG_CACHE_HOME || system[/** @type {'darwin'} */ (process.platform)] || join(home, '.cache');
  return join(base, 'continual-learning', 'tensorflow');
}

/**
 * Names a build by all that changes what comes out.
 *
 * @param {{ dist: string, version: string, platform: string, arch: string }} build
 * @param {string} packageFolder whose binding sources are compiled
 * @returns {string}
 */
export function entryKey({ dist, version, platform, arch }, packageFolder) {
  const hash = createHash('sha256').update(`layout ${LAYOUT}`);
  const binding = join(packageFolder, 'binding');
  const sources = [
    ...readdirSync(binding)
      .sort()
      .map((name) => join(binding, name)),
    threadGuard(),
  ];
  for (const path of sources) hash.update(`\0${basename(path)}\0`).update(readFileSync(path));
  return `${dist}-${version}-${platform}-${arch}-${hash.digest('hex').slice(0, 12)}`;
}

/**
 * Sizes are enough to see a cut-off copy and cost no time; content is checked by loading.
 *
 * @param {string} folder
 * @returns {{ state: 'ready', manifest: Manifest } | { state: 'missing' } | { state: 'damaged', problem: string }}
 */
export function inspectEntry(folder) {
  if (!existsSync(folder)) return { state: 'missing' };
  try {
    /** @type {Manifest} */
    const manifest = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8'));
    for (const [file, size] of Object.entries(manifest.files)) {
      const found = statSync(join(folder, file), { throwIfNoEntry: false })?.size;
      if (found !== size)
        return { state: 'damaged', problem: found === undefined ? `${file} is missing` : `${file} has ${found} of ${size} bytes` };
    }
    return { state: 'ready', manifest };
  } catch (error) {
    return { state: 'damaged', problem: `${MANIFEST}: ${messageOf(error)}` };
  }
}

/** @param {string} folder a finished build @param {Omit<Manifest, 'files'>} about */
export function writeManifest(folder, about) {
  const files = Object.fromEntries(listFiles(folder).map((path) => [relative(folder, path).split(sep).join('/'), statSync(path).size]));
  writeFileSync(join(folder, MANIFEST), `${JSON.stringify({ ...about, files }, null, 2)}\n`);
}

/** @param {string} root @returns {CacheEntry[]} */
export function listEntries(root) {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .sort()
    .map((key) => {
      const folder = join(root, key);
      const bytes = sizeOf(folder);
      if (key.startsWith(STAGE_PREFIX)) return { key, folder, state: 'unfinished', bytes };
      const found = inspectEntry(folder);
      return found.state === 'damaged'
        ? { key, folder, state: 'damaged', bytes, problem: found.problem }
        : { key, folder, state: 'ready', bytes };
    });
}
