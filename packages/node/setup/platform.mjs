import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { dirname } from 'node:path';
import { SetupFailure } from './failure.mjs';

/**
 * @typedef {object} Machine
 * @property {string} platform
 * @property {string} arch
 * @property {'glibc' | 'musl' | 'system'} libc
 * @property {boolean | null} avx null: not known
 */

/** @returns {Machine} */
export function describeMachine() {
  const { platform, arch } = process;
  return { platform, arch, libc: platform === 'linux' ? findLibc() : 'system', avx: hasAvx() };
}

/** @returns {'glibc' | 'musl'} */
function findLibc() {
  // Without this a report resolves the names of all open connections, which can take seconds.
  Object.assign(process.report, { excludeNetwork: true });
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return report.header.glibcVersionRuntime ? 'glibc' : 'musl';
}

/** @returns {boolean | null} */
function hasAvx() {
  if (process.arch !== 'x64' || !existsSync('/proc/cpuinfo')) return null;
  return /^flags\s*:.*\bavx\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
}

export const cpuName = () => cpus()[0]?.model.trim() || process.arch;

export const threadCount = () => availableParallelism();

/** Of NVIDIA; under WSL the driver is the one of Windows, and only its library shows. */
export const hasGpuDriver = () =>
  ['/proc/driver/nvidia/version', '/dev/nvidiactl', '/usr/lib/wsl/lib/libcuda.so.1'].some((path) => existsSync(path));

/** @param {string} folder may not exist yet @returns {number} */
export function freeBytes(folder) {
  if (!existsSync(folder)) return freeBytes(dirname(folder));
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** @param {string} folder @param {number} bytes */
export function requireSpace(folder, bytes) {
  const free = freeBytes(folder);
  if (free >= bytes) return;
  throw new SetupFailure(
    'disk',
    `${folder} has ${gigabytes(free)} free, the set-up needs ${gigabytes(bytes)}.`,
    'Make room, or set XDG_CACHE_HOME to a folder on another disk.',
    { final: true },
  );
}

/** @param {number} bytes @returns {string} */
const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(1)} GB`;
