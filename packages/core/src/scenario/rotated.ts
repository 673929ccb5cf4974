import type { Dataset } from '../data.js';
import { checkInteger, checkKnown, checkList, checkNumber, checkOneOf, optionError } from '../options.js';
import { random } from '../random/index.js';
import { singleInput } from './image.js';
import { range } from './labels.js';
import { type Reading, readings } from './reading.js';
import { type Interpolation, rotatedColumn } from './rotate.js';
import type { Stream, TaskData } from './task.js';

/** How a data set becomes a stream of its own rotations. */
export interface RotatedOptions {
  readonly train: Dataset;
  readonly test: Dataset;
  readonly validation?: Dataset;
  /** Degrees, counter-clockwise, one a task. Either these, or `tasks` and `seed`. */
  readonly angles?: readonly number[];
  readonly tasks?: number;
  /** Seed of random angles. */
  readonly seed?: number;
  /** Random angles lie in [from, to). Default [0, 180). */
  readonly range?: readonly [number, number];
  /**
   * 'uniform' (default): each angle anywhere in the range (DER, Mammoth). 'bins': the k-th angle in the k-th of equal parts of
   * the range, so that angles ascend (GEM).
   */
  readonly spread?: 'uniform' | 'bins';
  /** 'bilinear' (default), or 'nearest' as in the code of GEM and Mammoth. */
  readonly interpolation?: Interpolation;
  /** `domain` (default): all tasks share the outputs. `task`, `class`: label + classes × task. */
  readonly scenario?: Reading;
  /** Number of classes. Default: one more than the largest training label. */
  readonly classes?: number;
  readonly name?: string;
}

const OPTIONS = [
  'train',
  'test',
  'validation',
  'angles',
  'tasks',
  'seed',
  'range',
  'spread',
  'interpolation',
  'scenario',
  'classes',
  'name',
];

/**
 * Rotated images (Lopez-Paz & Ranzato, 2017): each task shows the data set turned by an angle of its own. Rows are turned when
 * they are read, which takes some 5 µs for 28 × 28 pixels; a copy of each turned MNIST would take 188 MB.
 * `column(read(x).values, x.shape)` makes one where it pays.
 *
 * @throws CL_OPTION for an option that cannot be used, CL_LABEL for a label out of range, CL_SHAPE for inputs that are not images.
 * @example rotated({ train, test, angles: [0, 10, 20, 30] })
 * @example rotated({ train, test, tasks: 20, seed: 1, range: [0, 180], spread: 'bins' }) // GEM's Rotated MNIST
 */
export function rotated(options: RotatedOptions): Stream {
  checkKnown('rotated', options, OPTIONS);
  const { train, test, validation, scenario = 'domain', classes, name = 'rotated' } = options;
  const interpolation = checkOneOf('rotated', 'interpolation', options.interpolation ?? 'bilinear', ['bilinear', 'nearest']);
  if (classes !== undefined) checkInteger('rotated', 'classes', classes, { min: 1 });
  const angles = anglesOf(options);
  const reading = readings('rotated', { scenario, classes, tasks: angles.length }, { train, test, validation });

  const part = (source: Dataset, task: number): Dataset =>
    reading.relabel({ ...source, x: rotatedColumn(singleInput('rotated()', source), angles[task]!, interpolation) }, task);
  const tasks = angles.map(
    (angle, index): TaskData => ({
      index,
      name: `${Number(angle.toFixed(1))}°`,
      classes: reading.classesOf(index),
      train: part(train, index),
      test: part(test, index),
      ...(validation && { validation: part(validation, index) }),
    }),
  );
  return { name, scenario, outputs: reading.outputs, tasks, recipe: { from: 'rotated', scenario, angles, interpolation } };
}

function anglesOf({ angles, tasks, seed, range: limits = [0, 180], spread = 'uniform' }: RotatedOptions): readonly number[] {
  if (angles) {
    if (tasks !== undefined || seed !== undefined) {
      throw optionError('rotated', 'angles', angles, 'alone: tasks and seed are for random angles');
    }
    const checked = checkList('rotated', 'angles', angles, (angle, name) => checkNumber('rotated', name, angle));
    if (checked.length === 0) throw optionError('rotated', 'angles', angles, 'at least one angle');
    return checked;
  }
  const count = checkInteger('rotated', 'tasks', tasks, { min: 1 });
  const start = checkInteger('rotated', 'seed', seed);
  checkOneOf('rotated', 'spread', spread, ['uniform', 'bins']);
  const [from, to] = checkList('rotated', 'range', limits, (limit, name) => checkNumber('rotated', name, limit));
  if (from === undefined || to === undefined || limits.length !== 2 || from > to) {
    throw optionError('rotated', 'range', limits, 'two angles, the smaller first');
  }
  return range(count).map((task) => {
    const draw = random(start, 'rotated', task).uniform();
    return from + (to - from) * (spread === 'bins' ? (task + draw) / count : draw);
  });
}
