import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { inspectEntry, STAGE_PREFIX } from './cache.mjs';
import { messageOf, SetupFailure } from './failure.mjs';

const DAY = 24 * 3600 * 1000;

/**
 * Runs a build in a folder of its own beside the finished ones, and removes that folder whatever happens.
 *
 * @template T
 * @param {string} root
 * @param {(stage: string) => Promise<T>} build
 * @returns {Promise<T>}
 */
export async function withStage(root, build) {
  const stage = makeStage(root);
  const remove = () => rmSync(stage, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await build(stage);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** @param {string} root @returns {string} */
function makeStage(root) {
  const prefix = `${STAGE_PREFIX}${hostname()}-`;
  try {
    mkdirSync(root, { recursive: true });
    removeAbandoned(root, prefix);
    return mkdtempSync(join(root, `${prefix}${process.pid}-`));
  } catch (error) {
    throw new SetupFailure('disk', `Cannot write to ${root}: ${messageOf(error)}.`, 'Set XDG_CACHE_HOME to a folder you may write to.', {
      final: true,
      cause: error,
    });
  }
}

/** What killed processes left behind. @param {string} root @param {string} prefix of this machine */
function removeAbandoned(root, prefix) {
  for (const name of readdirSync(root).filter((entry) => entry.startsWith(STAGE_PREFIX))) {
    const path = join(root, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    const orphaned = name.startsWith(prefix) && !isRunning(Number.parseInt(name.slice(prefix.length), 10));
    if (orphaned || age > DAY) rmSync(path, { recursive: true, force: true });
  }
}

/** @param {number} pid @returns {boolean} */
function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Two set-ups may build the same folder at once; the first to finish wins and the other takes what is there.
 *
 * @param {string} built
 * @param {string} entry
 * @param {{ replace: boolean }} options
 */
export function moveIntoPlace(built, entry, { replace }) {
  if (replace || inspectEntry(entry).state === 'damaged') removeEntry(entry, `${built}.old`);
  try {
    renameSync(built, entry);
  } catch (error) {
    if (inspectEntry(entry).state !== 'ready') throw error;
  }
}

/** Moved before it is deleted, so that nobody meets it half gone. @param {string} entry @param {string} aside */
function removeEntry(entry, aside) {
  if (!existsSync(entry)) return;
  try {
    renameSync(entry, aside);
  } catch (error) {
    // The other of two repairs was quicker.
    if (existsSync(entry)) throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}
