import { type Column, type Dataset, sizeOf } from '../data.js';
import { checkInteger, checkKnown, checkOneOf } from '../options.js';
import { random } from '../random/index.js';
import { framed, padded, rearranged, singleInput } from './image.js';
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
 * the pixels of its own. Channels of a pixel stay together. Pixels are moved when a row is read; nothing is copied.
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
    const x = singleInput('permuted()', source);
    const { shape, from } = framed(x.shape, pad);
    if (task === 0 && first === 'identity') return reading.relabel({ ...source, x: padded(x, pad) }, task);
    const permutation = random(seed, 'permuted', task).permutation(pixelsOf(shape));
    // Border and permutation are one move of values.
    return reading.relabel(
      {
        ...source,
        x: rearranged(
          x,
          shape,
          places(permutation, sizeOf(shape)).map((place) => from[place]!),
        ),
      },
      task,
    );
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
const pixelsOf = (shape: readonly number[]): number => sizeOf(shape.slice(0, 2));

/** For each of `size` values the place that it comes from, where the channels of a pixel move together. */
function places(permutation: Int32Array, size: number): Int32Array {
  const channels = size / permutation.length;
  return Int32Array.from({ length: size }, (_, k) => permutation[Math.floor(k / channels)]! * channels + (k % channels));
}

/**
 * Rows whose pixel k is pixel `permutation[k]` of the source. Channels stay together.
 *
 * @param permutation [pixels], each of 0 … pixels − 1 once.
 */
export function permutedColumn(source: Column, permutation: Int32Array): Column {
  return rearranged(source, source.shape, places(permutation, sizeOf(source.shape)));
}
