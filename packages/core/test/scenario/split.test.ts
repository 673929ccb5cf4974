import { createHash } from 'node:crypto';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { split } from '../../src/scenario/index.js';
import { failure, labelled, labelsIn, rowsIn } from './sample.js';

/** A labelled data set in which every class occurs, and a number of classes that divides theirs. */
const sets = fc.record({ perTask: fc.integer({ min: 1, max: 3 }), tasks: fc.integer({ min: 1, max: 4 }) }).chain(({ perTask, tasks }) => {
  const classes = perTask * tasks;
  const more = fc.array(fc.integer({ min: 0, max: classes - 1 }), { maxLength: 20 });
  return more.chain((extra) =>
    fc.record({
      perTask: fc.constant(perTask),
      classes: fc.constant(classes),
      labels: fc.shuffledSubarray([...extra, ...Array.from({ length: classes }, (_, c) => c)], { minLength: extra.length + classes }),
    }),
  );
});
const orders = fc.oneof(fc.constant('sorted' as const), fc.integer({ min: 0, max: 1000 }));

describe('split', () => {
  test.prop([sets, orders, fc.constantFrom('task', 'class', 'domain'), fc.boolean()], { seed: 1 })(
    'divides the data among the tasks: every row once, in the order of the source',
    ({ perTask, classes, labels }, order, scenario, relabel) => {
      const stream = split({ train: labelled(labels), test: labelled(labels, 100), classesPerTask: perTask, scenario, order, relabel });
      expect(stream.tasks.length).toBe(classes / perTask);
      expect(stream.tasks.flatMap(({ train }) => rowsIn(train)).sort((a, b) => a - b)).toEqual(labels.map((_, row) => row));
      for (const { train, test } of stream.tasks) {
        expect(rowsIn(train)).toEqual(rowsIn(train).sort((a, b) => a - b));
        expect(rowsIn(test)).toEqual(rowsIn(train).map((row) => row + 100));
      }
    },
  );

  test.prop([sets, orders, fc.boolean()], { seed: 1 })(
    'names the same class by the same output in each reading',
    ({ perTask, classes, labels }, order, relabel) => {
      const make = (scenario: 'task' | 'class' | 'domain') =>
        split({ train: labelled(labels), test: labelled(labels), classesPerTask: perTask, scenario, order, relabel });
      const [byTask, byClass, byDomain] = [make('task'), make('class'), make('domain')];
      expect([byTask.outputs, byClass.outputs, byDomain.outputs]).toEqual([classes, classes, perTask]);

      byClass.tasks.forEach((task, k) => {
        const given = rowsIn(task.train).map((row) => labels[row]!);
        const { groups } = byClass.recipe as { groups: number[][] };
        // The class of a label, through the position in its group.
        const position = given.map((label) => groups[k]!.indexOf(label));
        expect(labelsIn(task.train)).toEqual(position.map((p) => task.classes[p]));
        expect(labelsIn(byTask.tasks[k]!.train)).toEqual(labelsIn(task.train));
        expect(labelsIn(byDomain.tasks[k]!.train)).toEqual(position);
        expect(byDomain.tasks[k]!.classes).toEqual(Array.from({ length: perTask }, (_, p) => p));
        if (relabel) expect(task.classes).toEqual(Array.from({ length: perTask }, (_, p) => k * perTask + p));
        else expect(labelsIn(task.train)).toEqual(given);
      });
    },
  );

  test.prop([fc.integer()], { seed: 1, numRuns: 30 })('gives the same order for the same seed, and a bijection of the classes', (seed) => {
    const make = () =>
      split({ train: labelled([0, 1, 2, 3, 4, 5]), test: labelled([0]), classesPerTask: 2, scenario: 'class', order: seed });
    const { groups } = make().recipe as { groups: number[][] };
    expect(make().recipe).toEqual({ from: 'split', scenario: 'class', groups, order: seed, relabel: false });
    expect(groups.flat().sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('draws orders that stay as they are from version to version', () => {
    const train = labelled(Array.from({ length: 100 }, (_, i) => i));
    const order = Array.from(
      { length: 20 },
      (_, seed) => split({ train, test: train, classesPerTask: 10, scenario: 'class', order: seed }).recipe,
    );
    expect(createHash('sha256').update(JSON.stringify(order)).digest('hex').slice(0, 16)).toMatchInlineSnapshot(`"eb74d2183304530f"`);
  });

  it('takes groups, unequal or leaving classes out, and names tasks by their classes', () => {
    const data = labelled([0, 1, 2, 3, 4]);
    const options = { train: data, test: data, groups: [[4, 2], [0], [1]], classNames: ['zero', 'one', 'two', 'three', 'four'] };
    const stream = split({ ...options, scenario: 'class', validation: data, name: 'mine' });
    expect(stream).toMatchObject({
      name: 'mine',
      outputs: 5,
      tasks: [{ name: 'four, two', classes: [4, 2] }, { name: 'zero' }, { name: 'one' }],
    });
    expect(rowsIn(stream.tasks[0]!.train)).toEqual([2, 4]);
    expect(labelsIn(stream.tasks[0]!.validation!)).toEqual([2, 4]);
    const renumbered = split({ ...options, scenario: 'class', relabel: true });
    expect(renumbered).toMatchObject({ outputs: 4, tasks: [{ classes: [0, 1] }, { classes: [2] }, { classes: [3] }] });
    expect(split({ ...options, scenario: 'domain' }).outputs).toBe(2);
    const many = labelled([0, 1, 2, 3, 4, 5]);
    expect(split({ train: many, test: many, classesPerTask: 6, scenario: 'task' }).tasks[0]!.name).toBe('0, 1 … 5');
  });

  it('refuses what cannot be split, with what it received', () => {
    const train = labelled([0, 1, 2, 3]);
    const base = { train, test: train, scenario: 'class' } as const;
    expect(failure(() => split({ ...base, classesPerTask: 3 }))).toBe(
      'CL_OPTION split({ classesPerTask: 3 }): classesPerTask must be a divisor of the number of classes, 4 (or give groups), received 3.',
    );
    expect(failure(() => split({ ...base, classesPerTask: 0 }))).toContain('classesPerTask must be a whole number in [1, 4], received 0.');
    expect(failure(() => split(base))).toContain('CL_OPTION split({ classesPerTask: undefined })');
    expect(failure(() => split({ ...base, classesPerTask: 2, groups: [[0]] }))).toContain('but not both');
    expect(failure(() => split({ ...base, groups: [[0, 1], [1]] }))).toContain('class 1 comes twice');
    expect(failure(() => split({ ...base, groups: [[0], []] }))).toContain('at least one class');
    expect(failure(() => split({ ...base, groups: [[0, 4]] }))).toContain('groups[0][1] must be a whole number in [0, 4), received 4.');
    expect(failure(() => split({ ...base, groups: [[0]], order: 3 }))).toContain("order must be absent or 'sorted'");
    expect(failure(() => split({ ...base, classesPerTask: 2, order: 1.5 }))).toContain('order must be a whole number, received 1.5.');
    expect(failure(() => split({ ...base, classesPerTask: 2, scenario: 'free' as 'class' }))).toContain(
      "scenario must be one of 'task', 'class', 'domain'",
    );
    expect(failure(() => split({ ...base, clasesPerTask: 2 } as never))).toContain("Did you mean 'classesPerTask'?");
  });

  it('refuses labels out of range and classes without rows', () => {
    const base = { classesPerTask: 2, scenario: 'class' } as const;
    const four = labelled([0, 1, 2, 3]);
    expect(failure(() => split({ ...base, train: four, test: labelled([0, 7]) }))).toBe(
      'CL_LABEL split(): row 1 of test has label 7; labels must be in 0 … 3.',
    );
    expect(failure(() => split({ ...base, train: labelled([0, 1, -1, 3]), test: four }))).toContain(
      'CL_LABEL split(): class 2 has no training rows',
    );
    expect(failure(() => split({ ...base, train: labelled([0, 1, 2, 3, -1]), test: four }))).toContain('row 4 of train has label -1');
    expect(failure(() => split({ ...base, train: { ...four, y: four.x as never }, test: four }))).toBe(
      'CL_SHAPE split(): the targets of train must be class numbers, int32 []; they are float32 [2].',
    );
  });
});
