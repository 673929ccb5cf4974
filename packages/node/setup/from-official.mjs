import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join, relative, sep } from 'node:path';
import { writeManifest } from './cache.mjs';
import { ADDON_NAME } from './compile.mjs';
import { SetupFailure } from './failure.mjs';
import { requireSpace } from './platform.mjs';
import { reportStep } from './report.mjs';
import { errorIn, listFiles, run } from './run.mjs';
import { smokeTest } from './smoke.mjs';
import { moveIntoPlace, withStage } from './stage.mjs';

/** @import { Build } from './build.mjs' */

const NEEDED_BYTES = 2e9;
const STALL_SECONDS = 120;

/**
 * Makes a cache folder by TensorFlow.js' own install script. The script empties folders and rewrites package.json while
 * it works, so it runs in a copy: when it fails, the installed package is as it was.
 *
 * @param {Build} build
 * @param {string} entry folder to make
 */
export async function buildFromOfficial(build, entry) {
  requireSpace(dirname(entry), NEEDED_BYTES);
  await withStage(dirname(entry), async (stage) => {
    const built = join(stage, 'entry');
    const copy = copyPackage(build.packageFolder, built);
    await reportStep(build.report, 'official', "TensorFlow.js' own download", ({ progress }) =>
      runInstallScript(build, stage, copy, progress),
    );
    const addon = listFiles(join(copy, 'lib')).find((path) => basename(path) === ADDON_NAME);
    if (!addon) throw failure('it ended without an addon');
    for (const path of [join(copy, 'deps', 'include'), join(copy, 'build'), join(copy, 'node_modules'), join(built, 'node_modules')]) {
      rmSync(path, { recursive: true, force: true });
    }
    const version = await reportStep(
      build.report,
      'load',
      'library',
      () => smokeTest(addon),
      (found) => `library, TensorFlow ${found}`,
    );
    writeManifest(built, { ...build.about, way: 'official', version, addon: relative(built, addon).split(sep).join('/') });
    moveIntoPlace(built, entry, { replace: build.force });
  });
}

/** The copy finds what it requires where the original does. @param {string} packageFolder @param {string} built @returns {string} */
function copyPackage(packageFolder, built) {
  const copy = join(built, 'package');
  mkdirSync(copy, { recursive: true });
  for (const name of ['package.json', 'binding.gyp', 'binding', 'scripts'])
    cpSync(join(packageFolder, name), join(copy, name), { recursive: true });
  const own = join(packageFolder, 'node_modules');
  if (existsSync(own)) symlinkSync(own, join(copy, 'node_modules'), 'junction');
  symlinkSync(modulesAround(packageFolder), join(built, 'node_modules'), 'junction');
  return copy;
}

/** @param {string} packageFolder `…/node_modules/@tensorflow/tfjs-node-gpu` */
const modulesAround = (packageFolder) => dirname(dirname(packageFolder));

/** @param {Build} build @param {string} stage @param {string} copy @param {(bytes: number) => void} onProgress */
async function runInstallScript({ packageFolder, device, environment }, stage, copy, onProgress) {
  const commands = join(stage, 'commands');
  writeLauncher(commands, 'node-pre-gyp', resolveFrom(packageFolder, '@mapbox/node-pre-gyp'));
  const env = { ...environment, PATH: [commands, environment.PATH ?? ''].join(delimiter) };
  const script = [process.execPath, join('scripts', 'install.js'), device, 'download'];
  const result = await run(script, { cwd: copy, env, watch: copy, onProgress, stallSeconds: STALL_SECONDS });
  if (result.code !== 0) throw failure(result.problem ?? causeIn(result.stderr + result.stdout));
}

/** @param {string} packageFolder @param {string} name @returns {string} */
const resolveFrom = (packageFolder, name) => dirname(createRequire(join(packageFolder, 'package.json')).resolve(`${name}/package.json`));

/**
 * The script starts a command by its name, which package managers put in various places.
 *
 * @param {string} folder
 * @param {string} name
 * @param {string} packageOfCommand
 */
function writeLauncher(folder, name, packageOfCommand) {
  mkdirSync(folder, { recursive: true });
  const script = join(packageOfCommand, 'bin', name);
  writeFileSync(join(folder, name), `#!/bin/sh\nexec "${process.execPath}" "${script}" "$@"\n`, { mode: 0o755 });
  writeFileSync(join(folder, `${name}.cmd`), `@"${process.execPath}" "${script}" %*\r\n`);
}

/** @param {string} output @returns {string} */
function causeIn(output) {
  const network = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|CERT_\w+|SELF_SIGNED\w+)\b/.exec(
    output,
  )?.[1];
  if (network) return `its download host cannot be reached (${network})`;
  return errorIn(output);
}

/** @param {string} cause @returns {SetupFailure} */
function failure(cause) {
  return new SetupFailure(
    'official',
    `TensorFlow.js' own download failed: ${cause}.`,
    'Install Python 3 with pip and a C++ compiler: then the library comes from a Python wheel.',
  );
}
