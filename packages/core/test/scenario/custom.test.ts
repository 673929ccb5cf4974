import { describe, expect, it } from 'vitest';
import { column, dataset } from '../../src/data.js';
import { competingIn, custom } from '../../src/scenario/index.js';
import { failure, labelled } from './sample.js';

const pair = (labels: readonly number[]) => ({ train: labelled(labels), test: labelled(labels) });

describe('custom', () => {
  it('numbers and names tasks, and finds their classes', () => {
    const tasks = [
      { ...pair([2, 0, 2]), name: 'spring' },
      { ...pair([1]), ordered: true },
    ];
    expect(custom({ tasks, scenario: 'class', outputs: 3, name: 'seasons' })).toMatchObject({
      name: 'seasons',
      scenario: 'class',
      outputs: 3,
      tasks: [
        { index: 0, name: 'spring', classes: [0, 2] },
        { index: 1, name: 'task 2', classes: [1], ordered: true },
      ],
    });
    expect(custom({ tasks, scenario: 'domain', outputs: 3 }).tasks[1]!.classes).toEqual([0, 1, 2]);
    expect(custom({ tasks: [{ ...pair([1]), classes: [0, 1] }], scenario: 'task', outputs: 3 }).tasks[0]!.classes).toEqual([0, 1]);
  });

  it('takes targets that are not class numbers', () => {
    const values = dataset(column(new Float32Array(4), [2]), column(new Float32Array(6), [3]));
    expect(custom({ tasks: [{ train: values, test: values }], scenario: 'domain', outputs: 3 }).tasks[0]!.classes).toEqual([0, 1, 2]);
    const tokens = dataset({ ids: column(new Int32Array(8), [4]) }, column(new Int32Array(8).fill(-1), [4]));
    const task = { train: tokens, test: tokens, validation: tokens, classes: [1, 2] };
    expect(custom({ tasks: [task], scenario: 'class', outputs: 5 }).tasks[0]!.classes).toEqual([1, 2]);
  });

  it('refuses labels out of place', () => {
    expect(failure(() => custom({ tasks: [pair([0, 3])], scenario: 'class', outputs: 3 }))).toBe(
      "CL_LABEL custom(): row 1 of train of 'task 1' has label 3; labels must be in 0 … 2, the outputs.",
    );
    expect(failure(() => custom({ tasks: [{ ...pair([0]), test: labelled([0, 1]), classes: [0] }], scenario: 'class', outputs: 3 }))).toBe(
      "CL_LABEL custom(): row 1 of test of 'task 1' has label 1; labels must be among the task's classes, 0.",
    );
  });

  it('refuses data that differ in kind, are empty or do not match', () => {
    const base = { scenario: 'class', outputs: 3 } as const;
    const wide = dataset(column(new Float32Array(3), [3]), column(new Int32Array(1), []));
    expect(failure(() => custom({ ...base, tasks: [pair([0]), { ...pair([0]), test: wide }] }))).toBe(
      "CL_SHAPE custom(): data must be of one kind; test of 'task 2' is x float32 [3], y int32 [], the first task's train is x float32 [2], y int32 [].",
    );
    expect(failure(() => custom({ ...base, tasks: [{ ...pair([0]), train: labelled([]) }] }))).toContain("train of 'task 1' has no rows");
    const longer = { ...labelled([0, 1]), length: 3 };
    expect(failure(() => custom({ ...base, tasks: [{ train: longer, test: longer }] }))).toContain("'x' has 2 rows, expected 3");
  });

  it('refuses bad options', () => {
    const base = { tasks: [pair([0])], scenario: 'class', outputs: 1 } as const;
    expect(failure(() => custom({ ...base, tasks: [{ ...pair([0]), name: 3 as never }] }))).toContain(
      'tasks[0].name must be a text, received 3',
    );
    expect(failure(() => custom({ ...base, tasks: [{ train: labelled([0]) } as never] }))).toMatch(/^CL_DATA custom\(\): test of 'task 1'/);
    expect(failure(() => custom({ ...base, tasks: [null as never] }))).toMatch(/^CL_OPTION custom: task 1/);
    expect(failure(() => custom({ ...base, tasks: [] }))).toContain('tasks must be a list of at least one task, received [].');
    expect(failure(() => custom({ ...base, outputs: 0 }))).toContain('outputs must be a whole number of at least 1, received 0.');
    expect(failure(() => custom({ ...base, scenario: 'clas' as 'class' }))).toContain("Did you mean 'class'?");
    expect(failure(() => custom({ ...base, tasks: [{ ...pair([0]), classes: [1] }] }))).toContain(
      'classes[0] must be a whole number in [0, 1), received 1.',
    );
    expect(failure(() => custom({ ...base, tasks: [{ ...pair([0]), label: 'a' } as never] }))).toContain("there is no option 'label'");
  });
});

describe('competingIn', () => {
  it('follows the scenario', () => {
    expect((['task', 'domain', 'class', 'free'] as const).map((scenario) => competingIn(scenario))).toEqual(['task', 'all', 'seen', 'all']);
    expect((['task', 'domain', 'class', 'free'] as const).map((scenario) => competingIn(scenario, 'all'))).toEqual([
      'task',
      'all',
      'all',
      'all',
    ]);
  });
});
