import { concatData, type Dataset, read, subsetData } from '../data.js';
import { ContinualLearningError } from '../errors.js';
import { checkInteger, checkKnown, checkNumber } from '../options.js';
import { random } from '../random/index.js';
import { distinct, range } from './labels.js';
import { checkStream, evaluationTasks, type Stream, type TaskData } from './task.js';

/**
 * Tasks that overlap: each gives a share of its training rows to the others, in equal parts, so that the share of a task's rows
 * that comes from other tasks is `mix` (Blurry-M of Bang et al., "Rainbow Memory", CVPR 2021, arXiv 2103.17230, where M is
 * 100 × mix). Every row still comes exactly once, in random order within its task. The classes of a task are those that now
 * occur in it; `evaluation` holds the tasks as they were.
 *
 * @param options `mix`: share in [0, 1] of each task's rows to give away; `seed`: of the draw.
 * @throws CL_OPTION; CL_REQUIREMENT in the scenario `task`, where a row of another task has no output to name.
 * @example blurry(split({ train, test, classesPerTask: 2, scenario: 'class' }), { mix: 0.1, seed: 1 }) // Blurry-10
 */
export function blurry(stream: Stream, options: { readonly mix: number; readonly seed: number }): Stream {
  checkStream('blurry', stream);
  checkKnown('blurry', options, ['mix', 'seed']);
  const mix = checkNumber('blurry', 'mix', options.mix, { min: 0, max: 1 });
  const seed = checkInteger('blurry', 'seed', options.seed);
  if (stream.scenario === 'task') {
    const message = "blurry(): in the scenario 'task' rows of another task have no output to name; use the scenario 'class' or 'domain'.";
    throw new ContinualLearningError('CL_REQUIREMENT', message);
  }
  const all = concatData(stream.tasks.map((task) => task.train));
  const rows = deal(
    stream.tasks.map((task) => task.train.length),
    { mix, seed },
  );
  const tasks = stream.tasks.map((task, index): TaskData => {
    const train = subsetData(all, rows[index]!);
    return { ...task, train, classes: classesIn(train, task.classes) };
  });
  const recipe = { from: 'blurry', mix, seed, of: stream.recipe ?? null };
  return { ...stream, name: `${stream.name}, blurry`, tasks, evaluation: evaluationTasks(stream), recipe };
}

/** Numbers of the rows of each task, from tasks of so many rows one after another. */
function deal(lengths: readonly number[], { mix, seed }: { mix: number; seed: number }): Int32Array[] {
  const hands: number[][] = lengths.map(() => []);
  let start = 0;
  lengths.forEach((length, task) => {
    const order = random(seed, 'blurry', task).permutation(length);
    const others = range(lengths.length).filter((other) => other !== task);
    const away = others.length > 0 ? Math.round(mix * length) : 0;
    // Dealt round, from the next task on, so that no task always gets the odd row.
    order.forEach((row, i) => {
      const to = i < away ? others[(i + task) % others.length]! : task;
      hands[to]!.push(start + row);
    });
    start += length;
  });
  return hands.map((hand, task) =>
    random(seed, 'blurry order', task)
      .permutation(hand.length)
      .map((i) => hand[i]!),
  );
}

/** Classes that occur, and those that the task had. */
function classesIn({ y }: Dataset, own: readonly number[]): readonly number[] {
  if (y.dtype !== 'int32' || y.shape.length > 0) return own;
  return distinct([...own, ...new Set(read(y).values)]);
}
