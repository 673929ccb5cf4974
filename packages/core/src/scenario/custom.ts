import { type Column, checkDataset, type Dataset, isSingle } from '../data.js';
import { ContinualLearningError } from '../errors.js';
import { checkInteger, checkKnown, checkList, checkOneOf, optionError } from '../options.js';
import { checkLabels, distinct, labelsOf, range } from './labels.js';
import type { Scenario, Stream, TaskData } from './task.js';

/** A task of one's own. */
export interface CustomTask {
  readonly train: Dataset;
  readonly test: Dataset;
  readonly validation?: Dataset;
  /** Default: 'task 1', 'task 2', … */
  readonly name?: string;
  /** Output columns that its labels name. Default: the labels that occur; all outputs where targets are not class numbers. */
  readonly classes?: readonly number[];
  /** True: rows are visited as they come. */
  readonly ordered?: boolean;
}

/** A stream of one's own. */
export interface CustomOptions {
  readonly tasks: readonly CustomTask[];
  readonly scenario: Scenario;
  /** Outputs that the model needs. */
  readonly outputs: number;
  readonly name?: string;
}

/**
 * A stream from tasks of one's own, checked: every task has rows, inputs and targets are of one kind throughout, and class
 * numbers lie within the outputs and the classes of their task. Targets may be class numbers (int32 []), values or token labels.
 *
 * @throws CL_OPTION for an option that cannot be used, CL_LABEL for a label out of range, CL_SHAPE where data differ in kind.
 * @example custom({ tasks: [{ train: spring, test: springTest }, { train: summer, test: summerTest }], scenario: 'domain', outputs: 2 })
 */
export function custom(options: CustomOptions): Stream {
  checkKnown('custom', options, ['tasks', 'scenario', 'outputs', 'name']);
  const scenario = checkOneOf('custom', 'scenario', options.scenario, ['task', 'domain', 'class', 'free']);
  const outputs = checkInteger('custom', 'outputs', options.outputs, { min: 1 });
  if (!Array.isArray(options.tasks) || options.tasks.length === 0) {
    throw optionError('custom', 'tasks', options.tasks, 'a list of at least one task');
  }

  const tasks = options.tasks.map((task, index): TaskData => {
    const name = task?.name ?? `task ${index + 1}`;
    if (typeof name !== 'string') throw optionError('custom', `tasks[${index}].name`, name, 'a text');
    checkKnown(`custom: ${name}`, task, ['train', 'test', 'validation', 'name', 'classes', 'ordered']);
    for (const [what, part] of partsOf(task)) checkData(`${what} of '${name}'`, part, options.tasks[0]!.train);
    return { ...task, index, name, classes: classesOf(task, { name, outputs, scenario }) };
  });
  return { name: options.name ?? 'custom', scenario, outputs, tasks };
}

const partsOf = ({ train, test, validation }: CustomTask): readonly (readonly [string, Dataset])[] =>
  validation
    ? [
        ['train', train],
        ['test', test],
        ['validation', validation],
      ]
    : [
        ['train', train],
        ['test', test],
      ];

function checkData(what: string, data: Dataset, first: Dataset): void {
  checkDataset(`custom(): ${what}`, data);
  if (data.length === 0) throw new ContinualLearningError('CL_SHAPE', `custom(): ${what} has no rows.`);
  const kind = kindOf(first);
  if (kindOf(data) === kind) return;
  throw new ContinualLearningError(
    'CL_SHAPE',
    `custom(): data must be of one kind; ${what} is ${kindOf(data)}, the first task's train is ${kind}.`,
  );
}

const columnsOf = ({ x }: Dataset): readonly (readonly [string, Column])[] => (isSingle(x) ? [['x', x]] : Object.entries(x));

/** 'x float32 [784], y int32 []' */
const kindOf = (data: Dataset): string =>
  [...columnsOf(data), ['y', data.y] as const].map(([name, { dtype, shape }]) => `${name} ${dtype} [${shape.join(', ')}]`).join(', ');

function classesOf(
  task: CustomTask,
  { name, outputs, scenario }: { name: string; outputs: number; scenario: Scenario },
): readonly number[] {
  const classes =
    task.classes &&
    checkList(`custom: ${name}`, 'classes', task.classes, (c, item) =>
      checkInteger(`custom: ${name}`, item, c, { min: 0, below: outputs }),
    );
  if (task.train.y.dtype !== 'int32' || task.train.y.shape.length > 0) return classes ?? range(outputs);

  const found = new Set<number>();
  for (const [what, part] of partsOf(task)) {
    const labels = labelsOf('custom()', what, part);
    checkLabels('custom()', `${what} of '${name}'`, labels, (label) => label >= 0 && label < outputs, `in 0 … ${outputs - 1}, the outputs`);
    if (classes) {
      checkLabels(
        'custom()',
        `${what} of '${name}'`,
        labels,
        (label) => classes.includes(label),
        `among the task's classes, ${classes.join(', ')}`,
      );
    }
    for (const label of labels) found.add(label);
  }
  return classes ?? (scenario === 'free' || scenario === 'domain' ? range(outputs) : distinct(found));
}
