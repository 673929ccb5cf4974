import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ownFolder } from './own-package.mjs';

/**
 * @typedef {object} Instance
 * @property {string} folder real path
 * @property {string} version
 */

const NAME = '@tensorflow/tfjs-node-gpu';
const STORE_PREFIX = '@tensorflow+tfjs-node-gpu@';

/**
 * Every installed copy of the package that code under these folders could meet. pnpm makes one copy for each set of
 * peers, and only copies with an addon work, so all of them count.
 *
 * @param {readonly string[]} [folders]
 * @returns {Instance[]}
 */
export function findInstances(folders = [process.cwd(), ownFolder]) {
  const found = new Map();
  for (const candidate of folders.flatMap(ancestors).flatMap(candidatesIn)) {
    if (!existsSync(join(candidate, 'package.json'))) continue;
    const folder = realpathSync(candidate);
    if (found.has(folder)) continue;
    found.set(folder, { folder, version: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version });
  }
  return [...found.values()];
}

/** @param {string} folder @returns {string[]} */
function ancestors(folder) {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

/** @param {string} folder @returns {string[]} */
function candidatesIn(folder) {
  const modules = join(folder, 'node_modules');
  const store = join(modules, '.pnpm');
  const stored = existsSync(store) ? readdirSync(store).filter((name) => name.startsWith(STORE_PREFIX)) : [];
  return [join(modules, NAME), ...stored.map((name) => join(store, name, 'node_modules', NAME))];
}
