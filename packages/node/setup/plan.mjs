/**
 * @import { Device, Failure } from './types.d.mts'
 * @import { Machine } from './platform.mjs'
 */

/** The newest release on which TensorFlow.js' own test-suite passes whole, and that is silent when asked to be. */
const version = '2.16.2';

/**
 * A Python wheel whose TensorFlow library this set-up knows where to find.
 *
 * @typedef {object} WheelChoice
 * @property {string} dist name of the Python distribution
 * @property {string} version
 * @property {readonly string[]} tags platform tags to offer pip; newer pips know fewer of the old ones, so all are named
 * @property {number} megabytes size of the download
 * @property {readonly string[]} libraries file names of the libraries, in link order
 * @property {boolean} tested whether this was ever run on such a machine
 */

const linux = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
const mac = ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'];
const x64Tags = ['manylinux2014_x86_64', 'manylinux_2_17_x86_64', 'manylinux_2_27_x86_64', 'manylinux_2_28_x86_64'];

/** @type {Readonly<Record<string, WheelChoice>>} */
const WHEELS = {
  'linux-x64-cpu': { dist: 'tensorflow-cpu', version, tags: x64Tags, megabytes: 214, libraries: linux, tested: true },
  'linux-x64-gpu': { dist: 'tensorflow', version, tags: x64Tags, megabytes: 591, libraries: linux, tested: false },
  'linux-arm64-cpu': {
    dist: 'tensorflow',
    version,
    tags: ['manylinux2014_aarch64', 'manylinux_2_17_aarch64'],
    megabytes: 219,
    libraries: linux,
    tested: false,
  },
  'darwin-arm64-cpu': { dist: 'tensorflow', version, tags: ['macosx_12_0_arm64'], megabytes: 227, libraries: mac, tested: false },
  'darwin-x64-cpu': { dist: 'tensorflow', version, tags: ['macosx_10_15_x86_64'], megabytes: 260, libraries: mac, tested: false },
};

/**
 * @param {Pick<Machine, 'platform' | 'arch'>} machine
 * @param {Device} device
 * @returns {WheelChoice | null}
 */
export const wheelFor = ({ platform, arch }, device) => WHEELS[`${platform}-${arch}-${device}`] ?? null;

/**
 * What is at hand to build with.
 *
 * @typedef {object} Tools
 * @property {readonly string[] | null} python command
 * @property {string | null} pip its version
 * @property {readonly string[] | null} compiler command
 * @property {string | null} headers folder with node_api.h
 */

/** @typedef {{ ways: ('wheel' | 'official')[], failures: Omit<Failure, 'way'>[] }} Plan */

/**
 * Which ways are worth a try on this machine, in order, and why the others are not. Pure JavaScript is what remains.
 *
 * @param {Machine} machine
 * @param {Tools} tools
 * @param {{ device?: Device, localWheel?: boolean }} [wish]
 * @returns {Plan}
 *
 * @example
 * choosePlan(machine, { ...tools, compiler: null });  // { ways: ['official'], failures: [{ reason: 'no-compiler', … }] }
 */
export function choosePlan(machine, tools, { device = 'cpu', localWheel = false } = {}) {
  const never = hopeless(machine);
  if (never) return { ways: [], failures: [never] };
  const missing = missingForWheel(machine, tools, { device, localWheel });
  // Whoever names a wheel wants that one or none: another library in its place would be a surprise.
  if (localWheel) return { ways: missing.length ? [] : ['wheel'], failures: missing };
  return { ways: missing.length ? ['official'] : ['wheel', 'official'], failures: missing };
}

/** @param {Machine} machine @returns {Omit<Failure, 'way'> | null} */
function hopeless({ libc, avx }) {
  if (libc === 'musl') {
    return {
      reason: 'musl',
      message: 'This Linux uses musl (Alpine?); every TensorFlow build needs glibc.',
      advice: 'Use a Debian-based image, such as the "slim" Node images.',
    };
  }
  if (avx === false) {
    return { reason: 'no-avx', message: 'This CPU has no AVX, which every TensorFlow build needs.', advice: 'Use a newer machine.' };
  }
  return null;
}

/**
 * @param {Machine} machine
 * @param {Tools} tools
 * @param {{ device: Device, localWheel: boolean }} wish
 * @returns {Omit<Failure, 'way'>[]}
 */
function missingForWheel(machine, tools, { device, localWheel }) {
  /** @type {Omit<Failure, 'way'>[]} */
  const missing = [];
  const { platform, arch } = machine;
  if (!wheelFor(machine, device)) {
    const build = device === 'gpu' ? 'GPU build' : 'build';
    const message = `No TensorFlow wheel whose layout is known for ${platform}-${arch} (${build}).`;
    return [{ reason: 'platform', message, advice: device === 'gpu' ? 'Leave out --gpu.' : 'Use Linux, macOS or WSL 2.' }];
  }
  if (!tools.python) {
    missing.push({ reason: 'no-python', message: 'No Python 3 found.', advice: pythonAdvice(platform) });
  } else if (!tools.pip && !localWheel) {
    missing.push({
      reason: 'no-pip',
      message: 'Python has no pip.',
      advice: 'Debian, Ubuntu: apt install python3-pip. Elsewhere: python3 -m ensurepip.',
    });
  }
  if (!tools.compiler) {
    const advice = platform === 'darwin' ? 'xcode-select --install.' : 'Debian, Ubuntu: apt install g++. Fedora: dnf install gcc-c++.';
    missing.push({ reason: 'no-compiler', message: 'No C++ compiler found.', advice });
  }
  if (!tools.headers) {
    missing.push({ reason: 'no-headers', message: 'node_api.h not found.', advice: 'Install the npm package node-api-headers.' });
  }
  return missing;
}

/** @param {string} platform @returns {string} */
function pythonAdvice(platform) {
  const install = platform === 'darwin' ? 'xcode-select --install.' : 'Debian, Ubuntu: apt install python3 python3-pip.';
  return `${install} Any version 3 does: it only downloads and unpacks.`;
}
