import { join } from 'node:path';
import { describeBuilds, findOrBuild } from './build.mjs';
import { SetupFailure } from './failure.mjs';
import { findInstances } from './instances.mjs';
import { chooseDevice, keepWhatWorks, packageFailure } from './keep.mjs';
import { inspectLink, linkAddon } from './link.mjs';
import { describeMachine, hasGpuDriver } from './platform.mjs';
import { note, reportStep } from './report.mjs';
import { runProbe } from './run-probe.mjs';

/**
 * @import { Build } from './build.mjs'
 * @import { Instance } from './instances.mjs'
 * @import { Failure, LinkResult, LinkState, SetupOptions, SetupResult } from './types.d.mts'
 */

/** @typedef {Pick<SetupResult, 'way' | 'version' | 'device' | 'entry' | 'failures'> & { link: LinkResult | null }} Outcome */

/** @type {typeof import('./index.d.mts').setup} */
export async function setup(options = {}) {
  const started = performance.now();
  const instances = findInstances(options.folders);
  /** @type {Outcome[]} */
  const outcomes = [];
  for (const instance of instances) {
    // One new build serves all copies, also where the standing ones are not trusted.
    const force = options.force && !outcomes.some(({ way }) => way === 'wheel' || way === 'official');
    const outcome = await setUpInstance(instance, { ...options, force });
    outcomes.push(outcome);
    // What cannot be built for one copy cannot be built for the next, and trying takes minutes.
    if (outcome.failures.some(({ way }) => way === 'wheel' || way === 'official') && outcome.link === null) break;
  }
  return summarize(outcomes, (performance.now() - started) / 1000);
}

/** @param {Outcome[]} outcomes @param {number} seconds @returns {SetupResult} */
function summarize(outcomes, seconds) {
  const [first] = outcomes;
  if (!first) return { ok: false, ...nothing(noPackage), links: [], seconds };
  const decisive =
    outcomes.find(({ way }) => way === 'javascript') ?? outcomes.find(({ way }) => way !== 'cache' && way !== 'present') ?? first;
  const { way, version, device, entry } = decisive;
  const links = outcomes.flatMap(({ link }) => link ?? []);
  const failures = outcomes.flatMap((outcome) => outcome.failures);
  const ok = outcomes.every(({ link }) => link !== null && link.state !== 'failed');
  return { ok, way, version, device, entry, links, failures, seconds };
}

/** @type {Failure} */
const noPackage = {
  way: 'javascript',
  reason: 'no-package',
  message: '@tensorflow/tfjs-node-gpu is not installed here.',
  advice: 'Run "pnpm install" (npm: "npm install --ignore-scripts @cl/node") first.',
};

/** @param {Failure[]} failures @returns {Omit<Outcome, 'link'>} */
const nothing = (...failures) => ({ way: 'javascript', version: null, device: null, entry: null, failures });

/** @param {Instance} instance @param {SetupOptions} options @returns {Promise<Outcome>} */
async function setUpInstance(instance, options) {
  const { force = false, environment = process.env, report = () => {} } = options;
  const state = inspectLink(instance.folder);
  try {
    const wish = {
      packageFolder: instance.folder,
      machine: describeMachine(),
      device: chooseDevice(options, state),
      environment,
      report,
      force,
    };
    const builds = describeBuilds(wish, instance.version);
    const standing = force ? null : await keepWhatWorks(builds.wheel, state, options);
    if (standing && 'way' in standing) return standing;
    // What does not load although its sizes are right must be built again.
    if (standing?.broken) for (const build of [builds.wheel, builds.official]) build.force = true;
    const found = await findOrBuild(builds);
    if (found.entry === null) return await whatRemains(instance, state, found.failures);
    const { entry, manifest, failures, way } = found;
    const link = await reportStep(report, 'link', `tfjs-node-gpu ${instance.version}`, () =>
      linkAddon(instance.folder, join(entry, manifest.addon)),
    );
    if (link.state === 'failed')
      return { way, version: manifest.version, device: manifest.device, entry, failures: [...failures, linkFailure(link)], link };
    const loaded = await load(builds.wheel);
    if (wish.device === 'gpu' && loaded.device === 'cpu') note(report, noGpu());
    return { way, version: loaded.version, device: loaded.device, entry, failures, link };
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error;
    return whatRemains(instance, state, [{ way: 'javascript', reason: error.reason, message: error.message, advice: error.advice }]);
  }
}

/**
 * A build that failed took nothing away: what was linked before may still work.
 *
 * @param {Instance} instance
 * @param {LinkState} state
 * @param {Failure[]} failures
 * @returns {Promise<Outcome>}
 */
async function whatRemains({ folder }, state, failures) {
  const link = null;
  if (state.state !== 'linked' && state.state !== 'foreign') return { ...nothing(...failures), link };
  const { backend, version, device } = await runProbe(folder);
  if (backend !== 'tensorflow') return { ...nothing(...failures), link };
  return { way: 'present', version, device, entry: null, failures, link };
}

const noGpu = () =>
  hasGpuDriver()
    ? 'There is an NVIDIA driver, but TensorFlow sees no GPU it can use. TF_CPP_MIN_LOG_LEVEL=0 shows why when a program starts.'
    : 'No NVIDIA driver here: the GPU build runs on the CPU until there is one.';

/** @param {Build} build */
async function load({ packageFolder, report }) {
  const probe = await reportStep(report, 'check', 'a matrix product through tfjs', () => runProbe(packageFolder));
  if (probe.backend === 'tensorflow') return probe;
  throw packageFailure(probe.error);
}

/** @param {LinkResult} link @returns {Failure} */
const linkFailure = ({ message = '' }) => ({
  way: 'javascript',
  reason: 'link',
  message,
  advice: 'Make that folder writable, or run the set-up as the user who installed the packages.',
});
