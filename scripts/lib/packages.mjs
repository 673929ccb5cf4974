// The packages of this workspace, as the scripts see them.
import { existsSync, readdirSync } from 'node:fs';
import { at, readJson } from './tools.mjs';

/** Packages whose strategies follow the house rules for strategies. */
export const families = ['regularization', 'optimization', 'distillation', 'replay', 'architecture'];

/** Published packages, `core` first: `{ name: '@cl/core', folder: 'core', path }`. */
export const published = readdirSync(at('packages'))
  .filter((folder) => existsSync(at('packages', folder, 'package.json')))
  .map((folder) => ({ ...readJson(at('packages', folder, 'package.json')), folder, path: at('packages', folder) }))
  .filter((manifest) => !manifest.private)
  .sort((a, b) => Number(b.folder === 'core') - Number(a.folder === 'core') || a.folder.localeCompare(b.folder));

/** Packages that run in a browser as well. */
export const portable = published.filter(({ folder }) => folder !== 'node');
