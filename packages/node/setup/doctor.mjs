import { cacheFolder, listEntries } from './cache.mjs';
import { findInstances } from './instances.mjs';
import { inspectLink } from './link.mjs';
import { ownCommand } from './own-package.mjs';
import { choosePlan } from './plan.mjs';
import { cpuName, describeMachine, freeBytes, hasGpuDriver, threadCount } from './platform.mjs';
import { runProbe } from './run-probe.mjs';
import { findTools } from './tools.mjs';

/** @import { DoctorReport, LinkState, ProbeResult } from './types.d.mts' */

/** @type {typeof import('./index.d.mts').doctor} */
export async function doctor({ folders, environment = process.env } = {}) {
  const machine = describeMachine();
  const packages = findInstances(folders).map(({ folder, version }) => ({ folder, version, link: inspectLink(folder) }));
  const [tools, backend] = await Promise.all([findTools(environment), packages[0] ? runProbe(packages[0].folder, environment) : null]);
  const folder = cacheFolder(environment);
  const entries = listEntries(folder);
  /** @type {DoctorReport} */
  const report = {
    ok: backend?.backend === 'tensorflow',
    node: { version: process.version, napi: process.versions.napi ?? '' },
    platform: {
      os: machine.platform,
      arch: machine.arch,
      libc: machine.libc,
      cpu: cpuName(),
      threads: threadCount(),
      avx: machine.avx,
      gpuDriver: hasGpuDriver(),
    },
    packages,
    cache: { folder, freeBytes: freeBytes(folder), entries },
    tools: { python: tools.python?.join(' ') ?? null, pip: tools.pip, compiler: tools.compiler?.join(' ') ?? null, headers: tools.headers },
    backend: backend ?? noBackend,
    problems: [],
  };
  report.problems.push(...findProblems(report), ...(report.ok ? [] : choosePlan(machine, tools).failures));
  return report;
}

/** @type {ProbeResult} */
const noBackend = {
  backend: null,
  version: null,
  device: null,
  threads: threadCount(),
  startMilliseconds: null,
  matmulSize: null,
  matmulMilliseconds: null,
  gflops: null,
  error: '@tensorflow/tfjs-node-gpu is not installed here.',
};

/** @param {DoctorReport} report @returns {DoctorReport['problems']} */
function findProblems({ packages, cache, backend, ok, platform }) {
  const setup = `Run: ${ownCommand('setup')}`;
  const problems = packages.flatMap(({ folder, link }) => problemOf(folder, link)).map((message) => ({ message, advice: setup }));
  if (!ok && backend.error && problems.length === 0)
    problems.push({ message: backend.error, advice: packages.length ? `Run: ${ownCommand('setup --force')}` : 'Run: pnpm install' });
  for (const { key, state, problem } of cache.entries) {
    if (state === 'damaged')
      problems.push({ message: `Cache ${key}: ${problem}.`, advice: `${setup}, which builds it again, or delete the folder.` });
  }
  if (ok && backend.device === 'cpu' && platform.gpuDriver) {
    problems.push({
      message: 'There is an NVIDIA driver, but TensorFlow runs on the CPU.',
      advice: `To use the GPU: ${ownCommand('setup --gpu')}`,
    });
  }
  return problems;
}

/** @param {string} folder @param {LinkState} link @returns {string[]} */
function problemOf(folder, link) {
  if (link.state === 'missing') return [`${folder} has no addon.`];
  if (link.state === 'dangling') return [`The addon of ${folder} links to ${link.target}, which is gone.`];
  if (link.state === 'damaged') return [`${link.entry}: ${link.problem}.`];
  return [];
}
