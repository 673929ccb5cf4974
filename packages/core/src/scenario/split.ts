import { type Dataset, subsetData } from '../data.js';
import { ContinualLearningError } from '../errors.js';
import { checkBoolean, checkInteger, checkKnown, checkList, checkOneOf, optionError } from '../options.js';
import { random } from '../random/index.js';
import { checkLabels, distinct, labelsOf, range, relabelled } from './labels.js';
import type { Scenario, Stream, TaskData } from './task.js';

/** How a labelled data set is split into tasks. */
export interface SplitOptions {
  readonly train: Dataset;
  readonly test: Dataset;
  readonly validation?: Dataset;
  /** `task` and `class`: labels are class numbers, one output a class. `domain`: labels are positions within the task. */
  readonly scenario: Exclude<Scenario, 'free'>;
  /** Classes of each task, taken from the order below. Must divide the number of classes. Either this or `groups`. */
  readonly classesPerTask?: number;
  /** The classes of each task. A class may be left out, none may come twice. */
  readonly groups?: readonly (readonly number[])[];
  /** Order in which classes are met: 'sorted' (default), or the seed of a random order. Not together with `groups`. */
  readonly order?: 'sorted' | number;
  /**
   * True: classes are numbered in the order in which they are met, so that a head can grow, as in van de Ven et al. (2022),
   * FACIL and PyCIL. False (default): labels stay as they are. Where classes come in sorted order both are the same.
   */
  readonly relabel?: boolean;
  /** Number of classes. Default: one more than the largest training label. */
  readonly classes?: number;
  /** Names of the classes, for the names of the tasks. */
  readonly classNames?: readonly string[];
  readonly name?: string;
}

const OPTIONS = [
  'train',
  'test',
  'validation',
  'scenario',
  'classesPerTask',
  'groups',
  'order',
  'relabel',
  'classes',
  'classNames',
  'name',
];

/**
 * Splits a labelled data set by class into tasks. Nothing is copied: a task is a list of row numbers.
 *
 * Random orders are drawn per seed, as in van de Ven, Tuytelaars & Tolias, "Three types of incremental learning" (2022). The
 * classes of each task are in the stream's `recipe`.
 *
 * @throws CL_OPTION for an option that cannot be used, CL_LABEL for a label out of range or a class without training rows.
 * @example split({ train, test, classesPerTask: 2, scenario: 'class' }) // {0, 1}, {2, 3}, …
 * @example split({ train, test, groups: [[3, 5], [0, 1, 2]], scenario: 'domain' }) // 3 outputs
 */
export function split(options: SplitOptions): Stream {
  checkKnown('split', options, OPTIONS);
  const { train, test, validation, order = 'sorted', name = 'split' } = options;
  const scenario = checkOneOf('split', 'scenario', options.scenario, ['task', 'class', 'domain']);
  const relabel = checkBoolean('split', 'relabel', options.relabel ?? false);
  const trainLabels = labelsOf('split()', 'train', train);
  const largest = trainLabels.reduce((most, label) => Math.max(most, label), 0);
  const classes = checkInteger('split', 'classes', options.classes ?? largest + 1, { min: 1 });
  const groups = groupsOf(options, classes);
  checkEachHasRows(trainLabels, groups);
  const places = placesOf(groups, { classes, scenario, relabel });

  const trains = divide('train', train, places);
  const tests = divide('test', test, places);
  const validations = validation && divide('validation', validation, places);
  const tasks = groups.map(
    (group, index): TaskData => ({
      index,
      name: nameOf(group, options.classNames),
      classes: group.map((label) => places.numberOf[label]!),
      train: trains[index]!,
      test: tests[index]!,
      ...(validations && { validation: validations[index]! }),
    }),
  );
  const outputs = scenario === 'domain' ? Math.max(...groups.map((group) => group.length)) : relabel ? groups.flat().length : classes;
  return { name, scenario, outputs, tasks, recipe: { from: 'split', scenario, groups, order, relabel } };
}

/** Where each class goes. */
interface Places {
  readonly tasks: number;
  /** The task of each class, −1 where it is left out. */
  readonly taskOf: Int32Array;
  /** The output that each class names. */
  readonly numberOf: Int32Array;
}

function placesOf(
  groups: readonly (readonly number[])[],
  { classes, scenario, relabel }: { classes: number; scenario: Scenario; relabel: boolean },
): Places {
  const taskOf = new Int32Array(classes).fill(-1);
  const numberOf = Int32Array.from(range(classes));
  let met = 0;
  groups.forEach((group, task) => {
    group.forEach((label, position) => {
      taskOf[label] = task;
      if (scenario === 'domain') numberOf[label] = position;
      else if (relabel) numberOf[label] = met++;
    });
  });
  return { tasks: groups.length, taskOf, numberOf };
}

/** The examples of each task, in the order of the whole. */
function divide(what: string, data: Dataset, { tasks, taskOf, numberOf }: Places): Dataset[] {
  const labels = labelsOf('split()', what, data);
  const classes = taskOf.length;
  checkLabels('split()', what, labels, (label) => label >= 0 && label < classes, `in 0 … ${classes - 1}`);
  const same = numberOf.every((number, label) => number === label);
  return rowsByTask(labels, taskOf, tasks).map((rows) => {
    const part = subsetData(data, rows);
    return same ? part : { ...part, y: relabelled(part.y, numberOf) };
  });
}

function groupsOf({ groups, classesPerTask, order = 'sorted' }: SplitOptions, classes: number): readonly (readonly number[])[] {
  if ((groups === undefined) === (classesPerTask === undefined)) {
    throw optionError(
      'split',
      groups ? 'groups' : 'classesPerTask',
      groups ?? classesPerTask,
      'given, or the other of classesPerTask and groups, but not both',
    );
  }
  if (groups) {
    if (order !== 'sorted') throw optionError('split', 'order', order, "absent or 'sorted' where groups are given");
    const checked = checkList('split', 'groups', groups, (group, name) =>
      checkList('split', name, group, (label, item) => checkInteger('split', item, label, { min: 0, below: classes })),
    );
    const all = checked.flat();
    if (all.length === 0 || checked.some((group) => group.length === 0)) {
      throw optionError('split', 'groups', groups, 'at least one group, each with at least one class');
    }
    const twice = all.find((label, i) => all.indexOf(label) !== i);
    if (twice !== undefined) throw optionError('split', 'groups', groups, `without repetition (class ${twice} comes twice)`);
    return checked;
  }
  const size = checkInteger('split', 'classesPerTask', classesPerTask, { min: 1, max: classes });
  if (classes % size !== 0) {
    throw optionError('split', 'classesPerTask', size, `a divisor of the number of classes, ${classes} (or give groups)`);
  }
  if (order !== 'sorted') checkInteger('split', 'order', order);
  const line = order === 'sorted' ? range(classes) : [...random(order, 'split').permutation(classes)];
  return range(classes / size).map((task) => line.slice(task * size, (task + 1) * size));
}

function checkEachHasRows(labels: Int32Array, groups: readonly (readonly number[])[]): void {
  const present = new Set(distinct(labels));
  const absent = groups.flat().find((label) => !present.has(label));
  if (absent === undefined) return;
  throw new ContinualLearningError(
    'CL_LABEL',
    `split(): class ${absent} has no training rows; leave it out with groups, or correct classes.`,
  );
}

/** The row numbers of each task, ascending. */
function rowsByTask(labels: Int32Array, taskOf: Int32Array, tasks: number): Int32Array[] {
  const counts = new Int32Array(tasks);
  for (const label of labels) if (taskOf[label]! >= 0) counts[taskOf[label]!]!++;
  const rows = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  labels.forEach((label, row) => {
    const task = taskOf[label]!;
    if (task >= 0) rows[task]![counts[task]!++] = row;
  });
  return rows;
}

function nameOf(group: readonly number[], names: readonly string[] = []): string {
  const words = group.map((label) => names[label] ?? String(label));
  return words.length <= 4 ? words.join(', ') : `${words.slice(0, 2).join(', ')} … ${words.at(-1)}`;
}
