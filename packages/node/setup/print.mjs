import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { JAVASCRIPT_SLOWDOWN } from './runtime.mjs';

/** @import { DoctorReport, ProgressEvent, Report, SetupResult } from './types.d.mts' */

/** @typedef {{ write: (text: string) => unknown, isTTY?: boolean | undefined }} Output */

const NAMES = {
  check: 'try',
  download: 'download',
  unpack: 'unpack',
  compile: 'compile',
  load: 'load',
  official: 'download',
  link: 'link',
  note: '',
};
const DEVICES = { cpu: 'CPU', gpu: 'GPU' };
const WAYS = {
  present: 'was there already',
  cache: 'from the cache of this machine',
  wheel: 'built',
  official: "TensorFlow.js' own build",
  javascript: '',
};
const PLAIN_INTERVAL = 10;
const ERASE_LINE = '\r\u001b[K';

/** @param {Output} output @param {Readonly<Record<string, string | undefined>>} [environment] */
function makeColours(output, environment = process.env) {
  const on = Boolean(output.isTTY) && !environment.NO_COLOR && environment.TERM !== 'dumb';
  /** @param {number} code @returns {(text: string) => string} */
  const paint = (code) => (text) => (on ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { good: paint(32), bad: paint(31), dim: paint(2), strong: paint(1) };
}

/**
 * Shows steps as they go on: a line that changes on a terminal, a line now and then elsewhere.
 *
 * @param {Output} output
 * @param {Readonly<Record<string, string | undefined>>} [environment]
 * @returns {Report}
 */
export function makeReporter(output, environment = process.env) {
  const { good, bad, dim } = makeColours(output, environment);
  const live = Boolean(output.isTTY) && environment.TERM !== 'dumb';
  let nextPlain = PLAIN_INTERVAL;
  return (event) => {
    const { state, step, text } = event;
    const line = `${NAMES[step].padEnd(9)} ${text}`;
    const erase = live ? ERASE_LINE : '';
    if (state === 'note') output.write(`${erase}  ${dim('·')} ${text}\n`);
    else if (state === 'done') output.write(`${erase}  ${good('✓')} ${line.padEnd(56)} ${dim(inSeconds(event.seconds))}\n`);
    else if (state === 'failed') output.write(`${erase}  ${bad('✗')} ${line.padEnd(56)} ${dim(inSeconds(event.seconds))}\n`);
    else if (live) output.write(`${erase}  ${dim('…')} ${line}  ${dim(progressOf(event))}`);
    else if (state === 'start') nextPlain = PLAIN_INTERVAL;
    else if (event.seconds >= nextPlain) {
      nextPlain += PLAIN_INTERVAL;
      output.write(`  … ${line}  ${progressOf(event)}\n`);
    }
  };
}

/** @param {ProgressEvent} event @returns {string} */
function progressOf({ bytes, totalBytes, seconds }) {
  const size = bytes === undefined ? '' : totalBytes ? `${megabytes(bytes)} of ${megabytes(totalBytes)} MB  ` : `${megabytes(bytes)} MB  `;
  return size + inSeconds(seconds);
}

/** @param {number} bytes */
const megabytes = (bytes) => Math.round(bytes / 1e6);

/** @param {number} seconds */
const inSeconds = (seconds) => (seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`);

/** What the set-up came to, in one line. @param {SetupResult} result @returns {string} */
export function describeResult({ ok, way, version, device, seconds, links, failures }) {
  if (!ok) return `${version ? 'Not done' : 'No native TensorFlow'}: ${failures.map(({ message }) => message).join(' ')}`;
  const how = WAYS[way];
  const copies = links.length === 1 ? '' : `, ${links.length} copies of tfjs-node-gpu`;
  return `TensorFlow ${version} ready on the ${DEVICES[device ?? 'cpu']}, ${how}${copies}, ${inSeconds(seconds)}`;
}

/** What that means and what to do, in one line. @param {SetupResult} result @param {string} command that tries again @returns {string} */
export function describeCure({ version, device, failures }, command) {
  // What the better way lacked is the thing to mend; the official download is only what was tried instead.
  const decisive = failures.filter(({ way }) => way !== 'official');
  const advice = [...new Set((decisive.length ? decisive : failures).map((failure) => failure.advice))].join(' ');
  const meanwhile = version
    ? `TensorFlow ${version} on the ${DEVICES[device ?? 'cpu']} stays as it was.`
    : `Everything runs on pure JavaScript instead, about ${JAVASCRIPT_SLOWDOWN}x slower.`;
  return `${meanwhile} ${advice} Then: ${command}`;
}

/** @param {string} path @returns {string} */
function shorten(path) {
  const [inside, atHome] = [process.cwd(), homedir()].map((folder) => relative(folder, path));
  if (inside && !inside.startsWith('..')) return inside;
  return atHome && !atHome.startsWith('..') ? join('~', atHome) : path;
}

/** @param {DoctorReport} report @param {Output} output @returns {string} */
export function describeDoctor({ node, platform, packages, cache, tools, backend, problems }, output) {
  const { good, bad, dim, strong } = makeColours(output);
  const mark = (/** @type {unknown} */ fine) => (fine ? good('✓') : bad('✗'));
  /** @param {unknown} fine @param {string} name @param {string} text */
  const row = (fine, name, text) => `  ${mark(fine)} ${name.padEnd(10)} ${text}`;
  const avx = platform.avx === null ? '' : platform.avx ? ', AVX' : ', no AVX';
  const native = backend.backend === 'tensorflow';
  const speed =
    backend.matmulMilliseconds === null
      ? ''
      : `; ${backend.matmulSize}² matrix product ${backend.matmulMilliseconds.toFixed(1)} ms, ${backend.gflops?.toFixed(1)} GFLOP/s`;
  return [
    row(true, 'Node', `${node.version}, Node-API ${node.napi}`),
    row(
      platform.libc !== 'musl' && platform.avx !== false,
      'machine',
      `${platform.os}-${platform.arch}, ${platform.libc}, ${platform.threads} threads${avx}, ${platform.cpu}${platform.gpuDriver ? ', NVIDIA driver' : ''}`,
    ),
    ...packages.map(({ folder, version, link }) =>
      row(link.state === 'linked' || link.state === 'foreign', 'package', `${version}, addon ${link.state}  ${dim(shorten(folder))}`),
    ),
    ...(packages.length ? [] : [row(false, 'package', '@tensorflow/tfjs-node-gpu is not installed here')]),
    row(true, 'cache', `${shorten(cache.folder)}, ${Math.round(cache.freeBytes / 1e9)} GB free`),
    ...cache.entries.map(({ key, state, bytes }) => row(state === 'ready', '', `${key}, ${megabytes(bytes)} MB, ${state}`)),
    row(tools.python && tools.pip, 'Python', tools.python ? `${tools.python}, ${tools.pip ? `pip ${tools.pip}` : 'no pip'}` : 'not found'),
    row(tools.compiler, 'compiler', tools.compiler ?? 'not found'),
    row(tools.headers, 'headers', tools.headers ? shorten(tools.headers) : 'node_api.h not found'),
    row(
      native,
      'back end',
      native
        ? `TensorFlow ${backend.version} on the ${DEVICES[backend.device ?? 'cpu']}, ready in ${backend.startMilliseconds?.toFixed(0)} ms${speed}`
        : `${backend.backend === 'cpu' ? `pure JavaScript, about ${JAVASCRIPT_SLOWDOWN}x slower${speed}` : 'none'}`,
    ),
    ...problems.flatMap(({ message, advice }) => ['', `${strong('!')} ${message}`, `  ${advice}`]),
    '',
  ].join('\n');
}
