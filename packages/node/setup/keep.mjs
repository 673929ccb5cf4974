import { sep } from 'node:path';
import { SetupFailure } from './failure.mjs';
import { note } from './report.mjs';
import { runProbe } from './run-probe.mjs';
import { smokeTest } from './smoke.mjs';

/**
 * @import { Build } from './build.mjs'
 * @import { Outcome } from './setup.mjs'
 * @import { Device, LinkResult, LinkState, Manifest, SetupOptions } from './types.d.mts'
 */

/**
 * The device asked for, else the one that is set up: a later install must not undo a choice.
 *
 * @param {SetupOptions} options
 * @param {LinkState} state
 * @returns {Device}
 */
export function chooseDevice({ gpu, environment = process.env }, state) {
  if (gpu !== undefined) return gpu ? 'gpu' : 'cpu';
  const asked = environment.TF_NATIVE_DEVICE;
  if (asked === 'gpu' || asked === 'cpu') return asked;
  if (asked) throw new SetupFailure('option', `TF_NATIVE_DEVICE must be gpu or cpu, received "${asked}".`, 'Correct or unset it.');
  return 'target' in state && /-gpu-\d/.test(state.target) ? 'gpu' : 'cpu';
}

/**
 * @param {Build} build
 * @param {LinkState} state
 * @param {SetupOptions} options
 * @returns {Promise<Outcome | { broken: true } | null>} null: nothing stands that could be kept
 */
export async function keepWhatWorks(build, state, { quick = false, gpu }) {
  if (state.state === 'damaged') note(build.report, `${state.entry}: ${state.problem}; building it again.`);
  if (state.state === 'linked') {
    const { manifest, entry, addon } = state;
    if (!isWanted(build, manifest)) return null;
    /** @type {LinkResult} */
    const link = { package: build.packageFolder, addon, state: 'already' };
    if (quick) return { way: 'cache', version: manifest.version, device: manifest.device, entry, failures: [], link };
    const probe = await runProbe(build.packageFolder);
    if (probe.backend !== 'tensorflow') {
      if (await loadsAlone(addon)) throw packageFailure(probe.error);
      note(build.report, `The library does not load (${probe.error}); building it again.`);
      return { broken: true };
    }
    return { way: 'cache', version: probe.version, device: probe.device, entry, failures: [], link };
  }
  if (state.state !== 'foreign' || isUnder(build.root, state.target)) return null;
  const probe = await runProbe(build.packageFolder);
  const fits = probe.backend === 'tensorflow' && (!gpu || probe.device === 'gpu') && !build.localWheel;
  if (fits) {
    return {
      way: 'present',
      version: probe.version,
      device: probe.device,
      entry: null,
      failures: [],
      link: { package: build.packageFolder, addon: state.addon, state: 'kept' },
    };
  }
  if (state.isLink) return null;
  throw new SetupFailure(
    'link',
    `${state.addon} was put there by another installation${probe.error ? ` and does not load: ${probe.error}` : ''}`,
    'Run the set-up with --force to move it aside.',
  );
}

/** @param {Build} build @param {Manifest} manifest @returns {boolean} */
function isWanted({ about, localWheel }, { key, device, platform, arch }) {
  const suffix = about.key.slice(about.key.lastIndexOf('-'));
  if (localWheel) return key === about.key;
  return key.endsWith(suffix) && device === about.device && platform === about.platform && arch === about.arch;
}

/** @param {string} folder @param {string} path @returns {boolean} */
const isUnder = (folder, path) => path.startsWith(folder + sep);

/** @param {string} addon @returns {Promise<boolean>} */
const loadsAlone = (addon) =>
  smokeTest(addon).then(
    () => true,
    () => false,
  );

/**
 * The library is fine, so building it again would not help.
 *
 * @param {string | null} cause
 * @returns {SetupFailure}
 */
export const packageFailure = (cause) =>
  new SetupFailure('load', `The TensorFlow library loads, but tfjs-node-gpu does not: ${cause}.`, 'Install the packages again.');
