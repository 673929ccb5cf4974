import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeManifest } from './cache.mjs';
import { ADDON_NAME, compileAddon } from './compile.mjs';
import { requireSpace } from './platform.mjs';
import { note, reportStep } from './report.mjs';
import { sizeOf } from './run.mjs';
import { smokeTest } from './smoke.mjs';
import { moveIntoPlace, withStage } from './stage.mjs';
import { requireKnownLayout, unpackWheels } from './unpack.mjs';
import { downloadWheels } from './wheel.mjs';

/**
 * @import { Build } from './build.mjs'
 * @import { WheelChoice } from './plan.mjs'
 */

/**
 * A build whose tools are all there.
 *
 * @typedef {Build & { choice: WheelChoice, python: readonly string[], compiler: readonly string[], headers: string }} WheelBuild
 */

// Wheel, libraries and the stage they pass through.
const CPU_BYTES = 2e9;
const GPU_BYTES = 12e9;
const NVIDIA_MEGABYTES = 1800;

/**
 * Makes a cache folder from a Python wheel: libraries, addon, and NVIDIA's libraries for the GPU build.
 *
 * @param {WheelBuild} build
 * @param {string} entry folder to make
 */
export async function buildFromWheel(build, entry) {
  const { choice, device, report, localWheel } = build;
  requireSpace(dirname(entry), device === 'gpu' ? GPU_BYTES : CPU_BYTES);
  if (!choice.tested)
    note(
      report,
      `This build (${choice.dist}, ${build.machine.platform}-${build.machine.arch}, ${device}) was never tried on the hardware it is for.`,
    );
  await withStage(dirname(entry), async (stage) => {
    const built = join(stage, 'entry');
    mkdirSync(built);
    const wheels = localWheel ? [localWheel.path] : await download(build, [`${choice.dist}==${choice.version}`], join(stage, 'tensorflow'));
    const { files, requirements } = await unpack(build, wheels, built);
    requireKnownLayout(files, choice.libraries);
    if (device === 'gpu') await unpack(build, await download(build, requirements, join(stage, 'nvidia')), built);
    const version = await compileAndLoad(build, built);
    writeManifest(built, { ...build.about, way: 'wheel', version, addon: `lib/${ADDON_NAME}` });
    moveIntoPlace(built, entry, { replace: build.force });
  });
}

/** @param {WheelBuild} build @param {string[]} requirements @param {string} folder @returns {Promise<string[]>} */
function download({ choice, python, environment, report }, requirements, folder) {
  const [first = ''] = requirements;
  const text = requirements.length === 1 ? first.replace('==', ' ') : `${requirements.length} NVIDIA packages`;
  const megabytes = requirements.length === 1 ? choice.megabytes : NVIDIA_MEGABYTES;
  return reportStep(
    report,
    'download',
    text,
    (control) => downloadWheels({ python, requirements, tags: choice.tags, megabytes }, folder, { environment, control }),
    () => `${text}, ${inMegabytes(folder)}`,
  );
}

/** @param {WheelBuild} build @param {string[]} wheels @param {string} destination */
function unpack({ python, report }, wheels, destination) {
  return reportStep(
    report,
    'unpack',
    'libraries and headers',
    (control) => unpackWheels(wheels, destination, { python, control }),
    () => `libraries and headers, ${inMegabytes(destination)}`,
  );
}

/** @param {WheelBuild} build @param {string} built @returns {Promise<string>} TensorFlow's version */
async function compileAndLoad({ packageFolder, headers, compiler, choice, report }, built) {
  const source = { packageFolder, headers, libraries: choice.libraries };
  await reportStep(report, 'compile', `addon, with ${compiler.join(' ')}`, () => compileAddon(source, built, compiler));
  rmSync(join(built, 'include'), { recursive: true });
  return reportStep(
    report,
    'load',
    'library',
    () => smokeTest(join(built, 'lib', ADDON_NAME)),
    (version) => `library, TensorFlow ${version}`,
  );
}

/** @param {string} folder @returns {string} */
const inMegabytes = (folder) => `${Math.round(sizeOf(folder) / 1e6)} MB`;
