import { ContinualLearningError } from '../errors.js';
import { optionError } from '../options.js';

/** Files of a checkpoint by name. */
export type Files = { readonly [name: string]: Uint8Array };

/** A place that keeps checkpoints. */
export interface CheckpointStore {
  /** Keeps the files under a name, in place of those that had it: all of them or, if it fails, none. They are the newest then. */
  write(name: string, files: Files): Promise<void>;
  /** A checkpoint by name; by default the newest. `where`: its place, for messages. Throws CL_CHECKPOINT if there is none. */
  read(name?: string): Promise<{ readonly name: string; readonly where: string; readonly files: Files }>;
  /** Names of the complete checkpoints, oldest first. */
  list(): Promise<readonly string[]>;
}

/**
 * Checkpoints in memory, for tests and for pages in a browser.
 *
 * @example const store = memoryStore(); await learner.save(store); await Learner.restore(store, options);
 */
export function memoryStore(): CheckpointStore {
  const checkpoints = new Map<string, Files>();
  return {
    async write(name, files) {
      checkCheckpointName(name);
      checkpoints.delete(name);
      checkpoints.set(name, copy(files));
    },
    async read(name = [...checkpoints.keys()].at(-1)) {
      const files = name === undefined ? undefined : checkpoints.get(name);
      if (name === undefined || !files) throw missingCheckpoint('memory', name, [...checkpoints.keys()]);
      return { name, where: name, files: copy(files) };
    },
    list: async () => [...checkpoints.keys()],
  };
}

const copy = (files: Files): Files => Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, bytes.slice()]));

/** Throws CL_OPTION for what cannot be the name of a checkpoint in every store: names are names of folders too. */
export function checkCheckpointName(name: string): void {
  if (typeof name === 'string' && /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(name)) return;
  throw optionError('save', 'name', name, '1 to 128 letters, digits, underscores, dots and dashes, and begin with none of the last two');
}

/** The error for a checkpoint that is not there. */
export function missingCheckpoint(where: string, name: string | undefined, names: readonly string[]): ContinualLearningError {
  const there = names.length > 0 ? `There are: ${names.join(', ')}.` : 'There is none yet.';
  return new ContinualLearningError(
    'CL_CHECKPOINT',
    `${where}: expected ${name === undefined ? 'a checkpoint' : `a checkpoint '${name}'`}, found none. ${there}`,
  );
}
