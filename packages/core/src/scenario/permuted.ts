import { type Column, type Dataset, sizeOf } from '../data.js';
import { checkInteger, checkKnown, checkOneOf } from '../options.js';
import { random } from '../random/index.js';
import { computed, padded, singleInput } from './image.js';
import { range } from './labels.js';
import { type Reading, readings } from './reading.js';
import type { Stream, TaskData } from './task.js';

/** How a data set becomes a stream of its own pixel permutations. */
export interface PermutedOptions {
  readonly train: Dataset;
  readonly test: Dataset;
  readonly validation?: Dataset;
  readonly tasks: number;
  /** Seed of the permutations. Task k's depends on the seed and k alone. */
  readonly seed: number;
  /** `domain` (default): all tasks share the outputs. `task`, `class`: label + classes × task. */
  readonly scenario?: Reading;
  /** The first task: 'identity' (default) leaves the images as they are, 'permuted' permutes them too (van de Ven). */
  readonly first?: 'identity' | 'permuted';
  /** Border of zeros added on each side before permuting, in pixels; 2 in van de Ven's protocol. Default 0. */
  readonly pad?: number;
  /** Number of classes. Default: one more than the largest training label. */
  readonly classes?: number;
  readonly name?: string;
}

const OPTIONS = ['train', 'test', 'validation', 'tasks', 'seed', 'scenario', 'first', 'pad', 'classes', 'name'];

/**
 * Permuted images (Goodfellow et al., 2014; Kirkpatrick et al., 2017): each task shows the data set through a permutation of
 * the pixels of its own. Channels of a pixel stay together. Pixels are moved when a row is read; nothing is copied, and a task
 * costs 8 bytes a pixel of one image.
 *
 * @throws CL_OPTION for an option that cannot be used, CL_LABEL for a label out of range, CL_SHAPE for inputs that are not one column.
 * @example permuted({ train, test, tasks: 10, seed: 1, pad: 2, first: 'permuted' }) // van de Ven's Permuted MNIST
 */
export function permuted(options: PermutedOptions): Stream {
  checkKnown('permuted', options, OPTIONS);
  const { train, test, validation, scenario = 'domain', classes, name = 'permuted' } = options;
  const tasks = checkInteger('permuted', 'tasks', options.tasks, { min: 1 });
  const seed = checkInteger('permuted', 'seed', options.seed);
  const first = checkOneOf('permuted', 'first', options.first ?? 'identity', ['identity', 'permuted']);
  const pad = checkInteger('permuted', 'pad', options.pad ?? 0, { min: 0 });
  if (classes !== undefined) checkInteger('permuted', 'classes', classes, { min: 1 });
  const reading = readings('permuted', { scenario, classes, tasks }, { train, test, validation });

  function part(source: Dataset, task: number): Dataset {
    const framed = padded(singleInput('permuted()', source), pad);
    const x =
      task === 0 && first === 'identity' ? framed : permutedColumn(framed, random(seed, 'permuted', task).permutation(pixelsOf(framed)));
    return reading.relabel({ ...source, x }, task);
  }
  const streamTasks = range(tasks).map(
    (index): TaskData => ({
      index,
      name: index === 0 && first === 'identity' ? 'as they are' : `permutation ${index + 1}`,
      classes: reading.classesOf(index),
      train: part(train, index),
      test: part(test, index),
      ...(validation && { validation: part(validation, index) }),
    }),
  );
  return { name, scenario, outputs: reading.outputs, tasks: streamTasks, recipe: { from: 'permuted', scenario, tasks, seed, first, pad } };
}

/** Pixels of an image: height × width, or the elements of a vector. */
const pixelsOf = ({ shape }: Column): number => sizeOf(shape.slice(0, 2));

/**
 * Rows whose pixel k is pixel `permutation[k]` of the source. Channels stay together.
 *
 * @param permutation [pixels], each of 0 … pixels − 1 once.
 */
export function permutedColumn(source: Column, permutation: Int32Array): Column {
  const channels = sizeOf(source.shape) / permutation.length;
  if (channels === 1) {
    return computed(source, source.shape, (rows, from, into, at) => {
      for (let k = 0; k < permutation.length; k++) into[at + k] = rows[from + permutation[k]!]!;
    });
  }
  return computed(source, source.shape, (rows, from, into, at) => {
    for (let k = 0; k < permutation.length; k++) {
      for (let c = 0; c < channels; c++) into[at + k * channels + c] = rows[from + permutation[k]! * channels + c]!;
    }
  });
}
