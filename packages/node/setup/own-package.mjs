import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

// The CommonJS build of this package has no import.meta.url. Asked in this order, since `node -e` has a __filename that is no file.
const thisFile = import.meta.url ? fileURLToPath(import.meta.url) : __filename;

/** Folder of this package, whether this code runs from `setup/` or bundled into `dist/`. */
export const ownFolder = findOwnFolder(dirname(realpathSync(thisFile)));

/** @param {string} folder @returns {string} */
function findOwnFolder(folder) {
  const manifest = join(folder, 'package.json');
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === '@cl/node') return folder;
  const parent = dirname(folder);
  return parent === folder ? dirname(thisFile) : findOwnFolder(parent);
}

/**
 * The command that cures a missing library, as the reader of a message can type it. Inside this repository `npx @cl/node`
 * would ask the registry, so the script is named there.
 *
 * @param {'setup' | 'doctor' | 'setup --force' | 'setup --gpu'} command
 * @returns {string}
 */
export function ownCommand(command) {
  if (ownFolder.includes(`${sep}node_modules${sep}`)) return `npx @cl/node ${command}`;
  return `node ${relative(process.cwd(), join(ownFolder, 'bin', 'cl-node.mjs'))} ${command}`;
}
