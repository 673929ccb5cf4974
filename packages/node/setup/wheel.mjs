import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SetupFailure } from './failure.mjs';
import { errorIn, run } from './run.mjs';

/**
 * @import { WheelChoice } from './plan.mjs'
 * @import { StepControl } from './report.mjs'
 */

// The wheel is only unpacked, so any Python can fetch it; for this one each release of interest has a wheel.
const WHEEL_PYTHON = ['--implementation', 'cp', '--python-version', '3.11', '--abi', 'cp311'];
const STALL_SECONDS = 120;

/**
 * Has pip download wheels, without what they depend on and without a second copy in pip's own cache.
 *
 * @param {object} request
 * @param {readonly string[]} request.python
 * @param {readonly string[]} request.requirements as `name==version`
 * @param {readonly string[]} request.tags platform tags
 * @param {number} request.megabytes
 * @param {string} folder
 * @param {{ environment: Readonly<Record<string, string | undefined>>, control: StepControl }} context
 * @returns {Promise<string[]>} paths of the wheels
 */
export async function downloadWheels({ python, requirements, tags, megabytes }, folder, { environment, control }) {
  const wheels = join(folder, 'wheels');
  const temporary = join(folder, 'pip');
  for (const path of [wheels, temporary]) mkdirSync(path, { recursive: true });
  const command = [
    ...python,
    '-m',
    'pip',
    '--disable-pip-version-check',
    'download',
    '--no-cache-dir',
    '--no-deps',
    '--only-binary=:all:',
    ...WHEEL_PYTHON,
    ...tags.flatMap((tag) => ['--platform', tag]),
    '-q',
    '--progress-bar',
    'off',
    '--timeout',
    '20',
    '--retries',
    '2',
    '-d',
    wheels,
    ...requirements,
  ];
  // pip collects the download in the temporary folder: kept here, its growth shows and nothing is left behind elsewhere.
  const env = { ...environment, TMPDIR: temporary, TEMP: temporary, TMP: temporary };
  const onProgress = (/** @type {number} */ bytes) => control.progress(bytes, megabytes * 1e6);
  const result = await run(command, { env, watch: folder, onProgress, stallSeconds: STALL_SECONDS });
  if (result.code !== 0) throw downloadFailure(requirements, result);
  return readdirSync(wheels).map((name) => join(wheels, name));
}

/** @param {readonly string[]} requirements @param {import('./run.mjs').RunResult} result @returns {SetupFailure} */
function downloadFailure(requirements, { stderr, problem }) {
  const what = requirements.length === 1 ? String(requirements[0]).replace('==', ' ') : `${requirements.length} packages`;
  const versions = /from versions: ([^)]*)\)/.exec(stderr)?.[1];
  // pip words an unreachable index as a version that does not exist.
  const cause =
    problem ?? (versions === 'none' ? 'the package index cannot be reached' : versions ? `the index has ${versions}` : errorIn(stderr));
  return new SetupFailure(
    'download',
    `pip could not download ${what}: ${cause}.`,
    'Check the network and the pip index configuration, or set TF_NATIVE_WHEEL to a wheel file you copied here.',
  );
}

/**
 * What a wheel's file name says about it.
 *
 * @param {string} path
 * @param {WheelChoice} expected for this machine
 * @returns {{ path: string, dist: string, version: string }}
 *
 * @example
 * readWheelName('/tmp/tensorflow_cpu-2.16.2-cp311-….whl', choice);  // { dist: 'tensorflow-cpu', version: '2.16.2', … }
 */
export function readWheelName(path, expected) {
  const file = resolve(path);
  const [dist, version] = (file.split(/[\\/]/).at(-1) ?? '').split('-');
  const advice = `It should name a file like ${expected.dist.replaceAll('-', '_')}-${expected.version}-….whl.`;
  if (!existsSync(file)) throw new SetupFailure('no-wheel', `TF_NATIVE_WHEEL: ${file} does not exist.`, advice, { final: true });
  if (!dist || !version || !file.endsWith('.whl')) {
    throw new SetupFailure('no-wheel', `TF_NATIVE_WHEEL: ${file} is not named like a wheel.`, advice, { final: true });
  }
  return { path: file, dist: dist.replaceAll('_', '-'), version };
}
