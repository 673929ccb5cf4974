import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CheckpointStore, ContinualLearningError, type Files, Learner, type LearnerOptions } from '@cl/core';
import { directory } from '@cl/node';
import type { RunRecord } from './record.js';

/** Between two checkpoints, unless a number of steps is given: so long, and so many times as long as writing one takes. */
const SECONDS = 20;
const TIMES = 50;

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
    const text = files[RECORD];
    if (!text)
      throw new ContinualLearningError(
        'CL_CHECKPOINT',
        `${where}: expected a file ${RECORD}, found none. Delete the folder to begin again.`,
      );
    const learner = await Learner.restore(this.#store, options, name);
    this.#saved = placeOf(learner);
    return { learner, record: JSON.parse(new TextDecoder().decode(text)) as RunRecord };
  }

  /** Whether it is time for one, after a step. */
  isDue(step: number): boolean {
    return this.#every === null ? performance.now() >= this.#next : step % this.#every === 0;
  }

  /** Throws CL_DISK; the checkpoint before it stands then. */
  async save(learner: Learner, record: RunRecord): Promise<void> {
    const begun = performance.now();
    await learner.save({ ...this.#store, write: (name, files) => this.#store.write(name, { ...files, [RECORD]: json(record) }) });
    const cost = performance.now() - begun;
    this.#next = performance.now() + Math.max(1000 * SECONDS, TIMES * cost);
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

const json = (record: RunRecord): Files[string] => new TextEncoder().encode(`${JSON.stringify(record)}\n`);
