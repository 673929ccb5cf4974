import { column, type Dataset, dataset, sizeOf } from '../data.js';
import { random } from '../random/index.js';
import type { Scenario, Stream, TaskData } from '../scenario/task.js';

export interface TinyStreamOptions {
  readonly scenario: Scenario;
  /** Default 2. */
  readonly tasks?: number;
  /** Default 2. */
  readonly classesPerTask?: number;
  /** Training rows of each task. Default 20. */
  readonly rows?: number;
  /** Test rows of each task. Default 12. */
  readonly testRows?: number;
  /** Shape of an input row: [4] or [6, 6, 1]. Default [4]. */
  readonly inputs?: readonly number[];
  /** Default 1. */
  readonly seed?: number;
}

/**
 * A stream that is learned in milliseconds: each class of each task is a cloud of points around a random centre. In the scenarios
 * `domain` and `free` the tasks share their classes, and the clouds lie elsewhere in each.
 *
 * @example const stream = tinyStream({ scenario: 'class' }); // 2 tasks of 2 classes, 20 rows each
 */
export function tinyStream(options: TinyStreamOptions): Stream {
  const { scenario, tasks = 2, classesPerTask = 2, rows = 20, testRows = 12, inputs = [4], seed = 1 } = options;
  const shared = scenario === 'domain' || scenario === 'free';
  return {
    name: 'tiny',
    scenario,
    outputs: shared ? classesPerTask : classesPerTask * tasks,
    tasks: Array.from({ length: tasks }, (_, index): TaskData => {
      const first = shared ? 0 : classesPerTask * index;
      const classes = Array.from({ length: classesPerTask }, (_, i) => first + i);
      const clouds = (part: string, count: number): Dataset => cloudsAround(classes, { task: index, part, count, inputs, seed });
      return {
        index,
        name: `task ${index + 1}`,
        classes,
        train: clouds('train', rows),
        test: clouds('test', testRows),
        ...(scenario === 'free' && { ordered: true }),
      };
    }),
  };
}

interface Clouds {
  readonly task: number;
  readonly part: string;
  readonly count: number;
  readonly inputs: readonly number[];
  readonly seed: number;
}

/** Rows of the classes in turn, each at its class's centre plus noise of half the centres' spread. */
function cloudsAround(classes: readonly number[], { task, part, count, inputs, seed }: Clouds): Dataset {
  const size = sizeOf(inputs);
  const centres = classes.map((label) => {
    const draws = random(seed, 'centre', task, label);
    return Float32Array.from({ length: size }, () => draws.normal());
  });
  const noise = random(seed, 'noise', task, part);
  const x = new Float32Array(count * size);
  for (let i = 0; i < x.length; i++) x[i] = centres[Math.floor(i / size) % classes.length]![i % size]! + 0.5 * noise.normal();
  const y = Int32Array.from({ length: count }, (_, row) => classes[row % classes.length]!);
  return dataset(column(x, inputs), column(y, []));
}
