import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CheckpointStore, ContinualLearningError, type Files, Learner, type LearnerOptions } from '@cl/core';
import { directory } from '@cl/node';
import { sha256 } from '../results/identity.js';
import type { RunRecord } from './record.js';

/**
 * Between two checkpoints, unless a number of steps is given: so long, and so many times as long as writing one takes, but no longer than the last
 * of these. A machine that sleeps while one is written says that it took hours.
 */
const SECONDS = 20;
const TIMES = 50;
const MOST_SECONDS = 600;

/** The file beside the learner's own in which the record lies: both are of one step, or neither is there. */
const RECORD = 'run.json';

/** Checkpoints of one run: learner and record, always of the same step. */
export class Checkpoints {
  readonly #path: string;
  readonly #every: number | null;
  readonly #store: CheckpointStore;
  #next = performance.now() + 1000 * SECONDS;
  /** Where training stood at the newest one. */
  #saved = '';

  /** @param every Steps between two checkpoints. Default: by time. */
  constructor(folder: string, every: number | null) {
    this.#path = join(folder, 'checkpoints');
    this.#every = every;
    this.#store = directory(this.#path, { keep: 1 });
  }

  /** The newest checkpoint's learner and record, or null if there is none. Throws CL_CHECKPOINT for a damaged one. */
  async restore(options: LearnerOptions): Promise<{ readonly learner: Learner; readonly record: RunRecord } | null> {
    if ((await this.#store.list()).length === 0) return null;
    const { name, where, files } = await this.#store.read();
    try {
      const record = recordIn(files[RECORD]);
      const learner = await Learner.restore(this.#store, options, name);
      this.#saved = placeOf(learner);
      return { learner, record };
    } catch (cause) {
      if (!(cause instanceof ContinualLearningError && cause.code === 'CL_CHECKPOINT')) throw cause;
      // A run keeps its newest checkpoint alone.
      throw new ContinualLearningError('CL_CHECKPOINT', `${where}: ${cause.message} Delete this folder, and the run begins again.`, {
        cause,
      });
    }
  }

  /** Whether it is time for one, after a step. */
  isDue(step: number): boolean {
    return this.#every === null ? performance.now() >= this.#next : step % this.#every === 0;
  }

  /** Throws CL_DISK; the checkpoint before it stands then. */
  async save(learner: Learner, record: RunRecord): Promise<void> {
    const begun = performance.now();
    await learner.save({ ...this.#store, write: (name, files) => this.#store.write(name, { ...files, [RECORD]: fileOf(record) }) });
    const cost = (performance.now() - begun) / 1000;
    this.#next = performance.now() + 1000 * Math.min(MOST_SECONDS, Math.max(SECONDS, TIMES * cost));
    this.#saved = placeOf(learner);
  }

  /** Saves unless the newest one is of this very moment. */
  async saveIfNew(learner: Learner, record: RunRecord): Promise<void> {
    if (this.#saved !== placeOf(learner)) await this.save(learner, record);
  }

  clear(): Promise<void> {
    return rm(this.#path, { recursive: true, force: true });
  }
}

/** After a task's last step and after its consolidation are two places. */
const placeOf = ({ progress }: Learner): string => `${progress.learned.length} ${progress.step}`;

/** A line of JSON, and its SHA-256 in another, since the learner's manifest knows nothing of this file. */
function fileOf(record: RunRecord): Files[string] {
  const text = JSON.stringify(record);
  return new TextEncoder().encode(`${text}\n${sha256(text)}\n`);
}

function recordIn(file: Files[string] | undefined): RunRecord {
  if (!file) throw new ContinualLearningError('CL_CHECKPOINT', `expected a file ${RECORD}, found none.`);
  const [text = '', sum] = new TextDecoder().decode(file).split('\n');
  // Those of earlier versions have no sum, and end in a line break all the same.
  if (sum === '' || sum === sha256(text)) return JSON.parse(text) as RunRecord;
  throw new ContinualLearningError('CL_CHECKPOINT', `expected SHA-256 ${sum} of the first line of ${RECORD}, found ${sha256(text)}.`);
}
