import { join } from 'node:path';
import { cacheFolder, entryKey, inspectEntry } from './cache.mjs';
import { SetupFailure } from './failure.mjs';
import { buildFromOfficial } from './from-official.mjs';
import { buildFromWheel } from './from-wheel.mjs';
import { choosePlan, wheelFor } from './plan.mjs';
import { findTools } from './tools.mjs';
import { readWheelName } from './wheel.mjs';

/**
 * @import { Device, Failure, Manifest, Report, Way } from './types.d.mts'
 * @import { Machine } from './platform.mjs'
 * @import { Tools, WheelChoice } from './plan.mjs'
 */

/**
 * All that decides what is built, for one copy of tfjs-node-gpu.
 *
 * @typedef {object} Build
 * @property {string} packageFolder real path of the copy
 * @property {Machine} machine
 * @property {Device} device
 * @property {WheelChoice | null} choice
 * @property {{ path: string } | null} localWheel
 * @property {Pick<Manifest, 'key' | 'dist' | 'device' | 'platform' | 'arch'>} about
 * @property {string} root of the cache
 * @property {boolean} force
 * @property {Readonly<Record<string, string | undefined>>} environment
 * @property {Report} report
 */

/**
 * @param {Omit<Build, 'choice' | 'localWheel' | 'about' | 'root'>} wish
 * @param {string} packageVersion of tfjs-node-gpu
 * @returns {{ wheel: Build, official: Build }} the same build by each way
 */
export function describeBuilds(wish, packageVersion) {
  const { machine, device, environment, packageFolder } = wish;
  const { platform, arch } = machine;
  const known = wheelFor(machine, device);
  const localWheel = environment.TF_NATIVE_WHEEL && known ? readWheelName(environment.TF_NATIVE_WHEEL, known) : null;
  const choice = known && localWheel ? { ...known, ...localWheel } : known;
  const root = cacheFolder(environment);
  /** @param {string} dist @param {string} version @returns {Build} */
  const named = (dist, version) => {
    const name = device === 'gpu' ? `${dist}-gpu` : dist;
    const key = entryKey({ dist: name, version, platform, arch }, packageFolder);
    return { ...wish, choice, localWheel, root, about: { key, dist, device, platform, arch } };
  };
  const official = named('tfjs-download', packageVersion);
  return { wheel: choice ? named(choice.dist, choice.version) : official, official };
}

/**
 * A finished cache folder for this copy: one that is there, or a new one by the first way that works.
 *
 * @param {{ wheel: Build, official: Build }} builds
 * @returns {Promise<{ way: Way, entry: string, manifest: Manifest, failures: Failure[] } | { way: 'javascript', entry: null, failures: Failure[] }>}
 */
export async function findOrBuild(builds) {
  const { machine, device, environment, root, force, localWheel } = builds.wheel;
  if (!force) {
    for (const { about } of localWheel ? [builds.wheel] : [builds.wheel, builds.official]) {
      const entry = join(root, about.key);
      const found = inspectEntry(entry);
      if (found.state === 'ready') return { way: 'cache', entry, manifest: found.manifest, failures: [] };
    }
  }
  const tools = await findTools(environment);
  const plan = choosePlan(machine, tools, { device, localWheel: localWheel !== null });
  /** @type {Failure[]} */
  const failures = plan.failures.map((failure) => ({ way: 'wheel', ...failure }));
  for (const way of plan.ways) {
    const entry = join(root, builds[way].about.key);
    try {
      await (way === 'wheel' ? buildFromWheel(withTools(builds.wheel, tools), entry) : buildFromOfficial(builds.official, entry));
    } catch (error) {
      if (!(error instanceof SetupFailure)) throw error;
      failures.push({ way, reason: error.reason, message: error.message, advice: error.advice });
      if (error.final) break;
      continue;
    }
    const built = inspectEntry(entry);
    if (built.state !== 'ready') throw new Error(`${entry} was just built and is ${built.state}.`);
    return { way, entry, manifest: built.manifest, failures };
  }
  return { way: 'javascript', entry: null, failures };
}

/** @param {Build} build @param {Tools} tools @returns {import('./from-wheel.mjs').WheelBuild} */
function withTools(build, { python, compiler, headers }) {
  const { choice } = build;
  if (!choice || !python || !compiler || !headers) throw new Error('choosePlan() lets this way through only with all of its tools.');
  return { ...build, choice, python, compiler, headers };
}
