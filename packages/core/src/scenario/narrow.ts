import { type Dataset, mapParts, reshaped, sizeOf, subsetData } from '../data.js';
import { checkInteger, checkKnown, checkNumber } from '../options.js';
import { random } from '../random/index.js';
import { range } from './labels.js';
import { checkStream, type Stream, type TaskData } from './task.js';

type Part = 'train' | 'test' | 'validation';

/** The stream with each of its data sets passed through `f`, in the tasks to learn and in those to test on. */
function mapData(stream: Stream, f: (data: Dataset, part: Part) => Dataset): Stream {
  const convert = (task: TaskData): TaskData => ({
    ...task,
    train: f(task.train, 'train'),
    test: f(task.test, 'test'),
    ...(task.validation && { validation: f(task.validation, 'validation') }),
  });
  return { ...stream, tasks: stream.tasks.map(convert), ...(stream.evaluation && { evaluation: stream.evaluation.map(convert) }) };
}

/** The stream with every input row as a vector: images for a network of dense layers. */
export function flattened(stream: Stream): Stream {
  checkStream('flattened', stream);
  return mapData(stream, (data) => ({ ...data, x: mapParts((part) => reshaped(part, [sizeOf(part.shape)]), data.x) as Dataset['x'] }));
}

/**
 * The first rows of each task, for a quick look or the reduced variants of benchmarks.
 *
 * @param options `train`, `test`: at most so many rows a task. Default: all.
 * @throws CL_OPTION
 */
export function limited(stream: Stream, options: { readonly train?: number; readonly test?: number }): Stream {
  checkStream('limited', stream);
  checkKnown('limited', options, ['train', 'test']);
  const limit = (part: 'train' | 'test') =>
    options[part] === undefined ? Infinity : checkInteger('limited', part, options[part], { min: 1 });
  const limits = { train: limit('train'), test: limit('test'), validation: Infinity };
  const recipe = { from: 'limited', train: options.train ?? null, test: options.test ?? null, of: stream.recipe ?? null };
  return {
    ...mapData(stream, (data, part) => (data.length <= limits[part] ? data : subsetData(data, Int32Array.from(range(limits[part]))))),
    recipe,
  };
}

/**
 * Training rows of each task set aside as its validation data, to choose options by. A random draw per task; the rest keeps its
 * order.
 *
 * @param options `share`: of the training rows, in (0, 1); `seed`: of the draw.
 * @throws CL_OPTION
 */
export function heldOut(stream: Stream, options: { readonly share: number; readonly seed: number }): Stream {
  checkStream('heldOut', stream);
  checkKnown('heldOut', options, ['share', 'seed']);
  const share = checkNumber('heldOut', 'share', options.share, { above: 0, below: 1 });
  const seed = checkInteger('heldOut', 'seed', options.seed);
  const divide = (task: TaskData): TaskData => {
    const order = random(seed, 'held out', task.index).permutation(task.train.length);
    const count = Math.round(share * order.length);
    const [validation, train] = [order.subarray(0, count), order.subarray(count)].map((rows) =>
      subsetData(task.train, rows.slice().sort()),
    );
    return { ...task, train: train!, validation: validation! };
  };
  return { ...stream, tasks: stream.tasks.map(divide), recipe: { from: 'held out', share, seed, of: stream.recipe ?? null } };
}
