import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} RunResult
 * @property {number | null} code
 * @property {NodeJS.Signals | null} signal
 * @property {string} stdout
 * @property {string} stderr
 * @property {string | null} problem why it was not started, or was stopped
 */

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [watch] folder whose size tells how far the command is
 * @property {(bytes: number) => void} [onProgress]
 * @property {number} [stallSeconds] end it when `watch` has not grown for so long
 * @property {number} [limitSeconds] end it in any case after so long
 */

/**
 * Runs a command to its end and never rejects: a command that cannot start ends with a `problem`.
 *
 * @param {readonly string[]} command
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function run(command, options = {}) {
  const [file = '', ...rest] = command;
  const child = spawn(file, rest, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  /** @type {RunResult} */
  const result = { code: null, signal: null, stdout: '', stderr: '', problem: null };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    result.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    result.stderr += text;
  });
  const endWatch = watchOver(child, options, result);
  // Ahead of whatever removes the folder that the command writes to.
  const stop = () => child.kill('SIGKILL');
  process.prependOnceListener('exit', stop);
  return new Promise((resolve) => {
    child.once('error', (error) => {
      process.off('exit', stop);
      endWatch();
      resolve({ ...result, problem: error.message });
    });
    child.once('close', (code, signal) => {
      process.off('exit', stop);
      endWatch();
      resolve({ ...result, code, signal });
    });
  });
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {RunOptions} options
 * @param {RunResult} result
 * @returns {() => void}
 */
function watchOver(child, { watch, onProgress, stallSeconds, limitSeconds }, result) {
  const started = Date.now();
  let size = -1;
  let grew = started;
  const timer = setInterval(() => {
    const now = Date.now();
    const current = watch ? sizeOf(watch) : 0;
    if (current !== size) [size, grew] = [current, now];
    onProgress?.(current);
    if (stallSeconds && now - grew > stallSeconds * 1000) result.problem = `no progress for ${stallSeconds} s`;
    else if (limitSeconds && now - started > limitSeconds * 1000) result.problem = `not done after ${limitSeconds} s`;
    if (result.problem) child.kill('SIGKILL');
  }, 250);
  return () => clearInterval(timer);
}

/** Bytes of all files under a folder; files may come and go meanwhile. @param {string} folder @returns {number} */
export function sizeOf(folder) {
  let bytes = 0;
  for (const path of listFiles(folder)) bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return bytes;
}

/** Paths of all regular files under a folder, links left out. @param {string} folder @returns {string[]} */
export function listFiles(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return listFiles(path);
      return entry.isFile() ? [path] : [];
    });
  } catch {
    return [];
  }
}

/**
 * The sentence in a failed command's output that says what went wrong: an error's message, else the last line.
 *
 * @param {string} output
 * @returns {string}
 */
export function errorIn(output) {
  const error = /^(?:\w*Error|Error \[\w+\]): (.+)/m.exec(output)?.[1];
  const last = output
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line && !line.startsWith('Node.js v'));
  return (error ?? last ?? 'it said nothing').trim().replace(/\.$/, '');
}
