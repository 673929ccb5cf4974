import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ownFolder } from './own-package.mjs';
import { run } from './run.mjs';

/** @import { Tools } from './plan.mjs' */

/** @typedef {Readonly<Record<string, string | undefined>>} Environment */

/**
 * @param {Environment} environment
 * @returns {Promise<Tools>}
 */
export async function findTools(environment) {
  const [python, compiler] = await Promise.all([findPython(environment), findCompiler(environment)]);
  return { python, pip: python && (await findPip(python, environment)), compiler, headers: findNodeHeaders() };
}

/** @param {Environment} environment @returns {Promise<readonly string[] | null>} */
async function findPython(environment) {
  const candidates = [
    environment.PYTHON ? [environment.PYTHON] : [],
    ['python3'],
    ['python'],
    process.platform === 'win32' ? ['py', '-3'] : [],
  ];
  const check = ['-c', 'import sys, zipfile; sys.exit(sys.version_info < (3, 6))'];
  return firstThatRuns(candidates, check, environment);
}

/** @param {readonly string[]} python @param {Environment} environment @returns {Promise<string | null>} */
async function findPip(python, environment) {
  const { code, stdout } = await run([...python, '-m', 'pip', '--version'], { env: { ...environment }, limitSeconds: 30 });
  return code === 0 ? (/^pip (\S+)/.exec(stdout)?.[1] ?? null) : null;
}

/** CXX may carry arguments, as in "ccache g++". @param {Environment} environment @returns {Promise<readonly string[] | null>} */
async function findCompiler(environment) {
  const candidates = [environment.CXX?.split(/\s+/).filter(Boolean) ?? [], ['g++'], ['c++'], ['clang++']];
  return firstThatRuns(candidates, ['--version'], environment);
}

/**
 * Running is the only sure test: macOS has a c++ that only tells to install one.
 *
 * @param {readonly (readonly string[])[]} candidates
 * @param {readonly string[]} check
 * @param {Environment} environment
 * @returns {Promise<readonly string[] | null>}
 */
async function firstThatRuns(candidates, check, environment) {
  for (const command of candidates) {
    if (command.length === 0) continue;
    const { code } = await run([...command, ...check], { env: { ...environment }, limitSeconds: 30 });
    if (code === 0) return command;
  }
  return null;
}

/** @returns {string | null} */
function findNodeHeaders() {
  const installed = join(dirname(dirname(process.execPath)), 'include', 'node');
  /** @type {string[]} */
  const folders = [];
  try {
    const require = createRequire(join(ownFolder, 'package.json'));
    folders.push(join(dirname(require.resolve('node-api-headers/package.json')), 'include'));
  } catch {
    // Not installed: most Node installations bring the same files.
  }
  return [...folders, installed].find((folder) => existsSync(join(folder, 'node_api.h'))) ?? null;
}
