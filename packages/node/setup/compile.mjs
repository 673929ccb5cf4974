import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SetupFailure } from './failure.mjs';
import { ownFolder } from './own-package.mjs';
import { run } from './run.mjs';

export const ADDON_NAME = 'tfjs_binding.node';

/** Ours, between the addon and TensorFlow: no signal is handled on a thread that computes. */
export const threadGuard = () => join(ownFolder, 'setup', 'thread-guard.cc');

/** Calls of TensorFlow that the guard stands in for. */
const GUARDED = ['TF_SessionRun', 'TF_LoadSessionFromSavedModel', 'TFE_Execute', 'TFE_NewContext'];

/**
 * Builds the addon against the libraries beside it with one call of the compiler. node-gyp would do the same call, but
 * needs make, downloads Node's headers and does not bear pnpm's folder names.
 *
 * @param {object} source
 * @param {string} source.packageFolder copy of tfjs-node-gpu, for its binding sources
 * @param {string} source.headers folder with node_api.h
 * @param {readonly string[]} source.libraries
 * @param {string} stage folder with `include/` and `lib/`; the addon goes into `lib/`
 * @param {readonly string[]} compiler
 */
export async function compileAddon({ packageFolder, headers, libraries }, stage, compiler) {
  const library = join(stage, 'lib');
  const unfinished = join(library, `unfinished-${ADDON_NAME}`);
  mkdirSync(dirname(unfinished), { recursive: true });
  const command = [
    ...compiler,
    '-std=c++17',
    '-O2',
    '-fPIC',
    '-DNAPI_VERSION=8',
    `-I${headers}`,
    `-I${join(stage, 'include')}`,
    join(packageFolder, 'binding', 'tfjs_backend.cc'),
    join(packageFolder, 'binding', 'tfjs_binding.cc'),
    threadGuard(),
    ...GUARDED.map((name) => `-D${name}=cl_${name}`),
    '-o',
    unfinished,
    ...linkArguments(library, libraries),
  ];
  const { code, stderr, problem } = await run(command);
  if (code !== 0) {
    const firstError = stderr.split('\n').find((line) => /\berror\b/i.test(line)) ?? stderr.split('\n', 1)[0];
    const advice = 'Another compiler can be named in CXX; the GNU and the LLVM one are known to do.';
    throw new SetupFailure('compile', `${compiler.join(' ')} could not build the addon: ${problem ?? firstError?.trim()}`, advice);
  }
  // A linker that is interrupted leaves half a file, which must not bear the final name.
  renameSync(unfinished, join(library, ADDON_NAME));
}

/**
 * Node itself provides the napi_* symbols, so they stay open here. The libraries are found in the addon's own folder.
 *
 * @param {string} folder
 * @param {readonly string[]} libraries
 * @returns {string[]}
 */
function linkArguments(folder, libraries) {
  if (process.platform === 'darwin') {
    return ['-bundle', '-undefined', 'dynamic_lookup', ...libraries.map((name) => join(folder, name)), '-Wl,-rpath,@loader_path'];
  }
  return ['-shared', `-L${folder}`, ...libraries.map((name) => `-l:${name}`), '-Wl,-rpath,$ORIGIN'];
}
