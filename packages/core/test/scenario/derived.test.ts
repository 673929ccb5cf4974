import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type Column, column, dataset } from '../../src/data.js';
import {
  blurry,
  cumulative,
  evaluationTasks,
  flattened,
  heldOut,
  joint,
  limited,
  type Stream,
  split,
  taskFree,
} from '../../src/scenario/index.js';
import { failure, images, labelled, labelsIn, rowsIn } from './sample.js';

/** Rows of classes 0 … 2 × tasks − 1 in turn; row numbers in the test set start at 1000. */
function sample(tasks: number, rowsPerTask = 10, scenario: 'class' | 'task' | 'domain' = 'class'): Stream {
  const labels = Array.from({ length: tasks * rowsPerTask }, (_, row) => row % (2 * tasks));
  return split({ train: labelled(labels), test: labelled(labels, 1000), validation: labelled(labels, 2000), classesPerTask: 2, scenario });
}

const all = (stream: Stream) => stream.tasks.flatMap(({ train }) => rowsIn(train));
const ascending = (rows: number[]) => [...rows].sort((a, b) => a - b);

describe('joint and cumulative', () => {
  it('learns all at once and can still be tested task by task', () => {
    const stream = sample(3);
    const upper = joint(stream);
    expect(upper).toMatchObject({ scenario: 'class', outputs: 6, tasks: [{ index: 0, name: 'all tasks', classes: [0, 1, 2, 3, 4, 5] }] });
    expect(rowsIn(upper.tasks[0]!.train)).toEqual(all(stream));
    expect(upper.tasks[0]!.test.length).toBe(30);
    expect(upper.tasks[0]!.validation!.length).toBe(30);
    expect(evaluationTasks(upper)).toBe(stream.tasks);
    expect(evaluationTasks(joint(upper))).toBe(stream.tasks);
    expect(evaluationTasks(stream)).toBe(stream.tasks);
    expect(upper.recipe).toEqual({ from: 'joint', of: stream.recipe });
  });

  it('adds to the data of earlier tasks', () => {
    const stream = sample(3);
    const growing = cumulative(stream);
    expect(growing.tasks.map(({ index, name, classes }) => [index, name, classes])).toEqual([
      [0, '0, 1', [0, 1]],
      [1, '2, 3', [0, 1, 2, 3]],
      [2, '4, 5', [0, 1, 2, 3, 4, 5]],
    ]);
    growing.tasks.forEach((task, k) => {
      expect(rowsIn(task.train)).toEqual(stream.tasks.slice(0, k + 1).flatMap(({ train }) => rowsIn(train)));
    });
    expect(evaluationTasks(growing)).toBe(stream.tasks);
  });
});

describe('taskFree', () => {
  test.prop([fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 50 })], { seed: 1 })(
    'keeps every row and its order',
    (tasks, every) => {
      const stream = sample(tasks);
      const free = taskFree(stream, { every });
      expect(all(free)).toEqual(all(stream));
      expect(free).toMatchObject({ scenario: 'free', outputs: 2 * tasks });
      free.tasks.forEach((piece, index) => {
        expect(piece).toMatchObject({ index, ordered: true, classes: Array.from({ length: 2 * tasks }, (_, c) => c) });
        if (index < free.tasks.length - 1) expect(piece.train.length).toBe(every);
      });
      expect(evaluationTasks(free)).toBe(stream.tasks);
    },
  );

  it('is one piece by default, and refuses bad options', () => {
    expect(taskFree(sample(2)).tasks).toMatchObject([{ name: 'all rows', ordered: true }]);
    expect(taskFree(sample(2), { every: 15 }).tasks.map(({ name }) => name)).toEqual(['rows 1 to 15', 'rows 16 to 20']);
    expect(failure(() => taskFree(sample(2), { every: 0 }))).toContain('every must be a whole number of at least 1, received 0.');
    expect(failure(() => taskFree(sample(2), { evry: 3 } as never))).toContain("Did you mean 'every'?");
  });
});

describe('blurry', () => {
  test.prop([fc.integer({ min: 1, max: 5 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.integer()], { seed: 1 })(
    'gives away the share it was told, keeps every row once, and says which classes occur',
    (tasks, mix, seed) => {
      const stream = sample(tasks, 20);
      const mixed = blurry(stream, { mix, seed });
      expect(ascending(all(mixed))).toEqual(ascending(all(stream)));
      const given = tasks === 1 ? 0 : Math.round(mix * 20);
      mixed.tasks.forEach((task, k) => {
        const own = new Set(rowsIn(stream.tasks[k]!.train));
        const rows = rowsIn(task.train);
        expect(rows.filter((row) => own.has(row)).length).toBe(20 - given);
        // Equal parts, up to the rounding of each giver.
        expect(Math.abs(rows.length - 20)).toBeLessThanOrEqual(tasks - 1);
        for (const label of labelsIn(task.train)) expect(task.classes).toContain(label);
        expect(task.test).toBe(stream.tasks[k]!.test);
      });
      expect(all(blurry(stream, { mix, seed }))).toEqual(all(mixed));
      expect(evaluationTasks(mixed)).toBe(stream.tasks);
    },
  );

  it('does not put the rows of others last', () => {
    const stream = sample(2, 200);
    const task = blurry(stream, { mix: 0.5, seed: 1 }).tasks[0]!;
    const foreign = labelsIn(task.train).map((label) => Number(label >= 2));
    const half = foreign.slice(0, 100).reduce((a, b) => a + b);
    expect(half).toBeGreaterThan(30);
    expect(half).toBeLessThan(70);
  });

  it('refuses what makes no sense', () => {
    expect(failure(() => blurry(sample(2), { mix: 1.5, seed: 1 }))).toContain('mix must be a number in [0, 1], received 1.5.');
    expect(failure(() => blurry(sample(2), { mix: 0.1 } as never))).toContain('seed must be');
    expect(failure(() => blurry(sample(2, 10, 'task'), { mix: 0.1, seed: 1 }))).toContain('CL_REQUIREMENT blurry()');
    expect(blurry(sample(2, 10, 'domain'), { mix: 0.1, seed: 1 }).tasks[0]!.classes).toEqual([0, 1]);
    const values = dataset(column(new Float32Array(4), [2]), column(new Float32Array(2), []));
    const task = { index: 0, name: 'a', classes: [0], train: values, test: values };
    const real: Stream = { name: 'values', scenario: 'domain', outputs: 1, tasks: [task, { ...task, index: 1 }] };
    expect(blurry(real, { mix: 0.5, seed: 1 }).tasks[0]!.classes).toEqual([0]);
  });
});

describe('flattened, limited and heldOut', () => {
  it('makes vectors of images, in the tasks to test on too', () => {
    const set = images(4, [2, 3, 1], 2);
    const flat = flattened(joint(split({ train: set, test: set, validation: set, classesPerTask: 1, scenario: 'task' })));
    const shapes = [...flat.tasks, ...evaluationTasks(flat)].flatMap(({ train, test, validation }) =>
      [train, test, validation!].map(({ x }) => (x as Column).shape),
    );
    expect(shapes).toEqual(new Array(9).fill([6]));
  });

  it('keeps the first rows of each task', () => {
    const short = limited(sample(2), { train: 3, test: 100 });
    expect(short.tasks.map(({ train, test }) => [rowsIn(train).length, test.length])).toEqual([
      [3, 10],
      [3, 10],
    ]);
    expect(rowsIn(short.tasks[1]!.train)).toEqual(rowsIn(sample(2).tasks[1]!.train).slice(0, 3));
    expect(failure(() => limited(sample(2), { train: 0 }))).toContain('train must be a whole number of at least 1');
  });

  test.prop([fc.double({ min: 0.05, max: 0.95 }), fc.integer()], { seed: 1 })('sets aside a share of each task', (share, seed) => {
    const stream = sample(2, 20);
    const divided = heldOut(stream, { share, seed });
    divided.tasks.forEach((task, k) => {
      const [train, validation] = [rowsIn(task.train), rowsIn(task.validation!)];
      expect(validation.length).toBe(Math.round(20 * share));
      expect(ascending([...train, ...validation])).toEqual(rowsIn(stream.tasks[k]!.train));
      expect(train).toEqual(ascending(train));
    });
    expect(all(heldOut(stream, { share, seed }))).toEqual(all(divided));
  });

  it('refuses a share that leaves nothing', () => {
    expect(failure(() => heldOut(sample(2), { share: 1, seed: 1 }))).toContain('share must be a number in (0, 1), received 1.');
  });
});

describe('what is no stream', () => {
  const made: { readonly [name: string]: (stream: Stream) => unknown } = {
    joint,
    cumulative,
    flattened,
    evaluationTasks,
    taskFree: (stream) => taskFree(stream),
    blurry: (stream) => blurry(stream, { mix: 0.1, seed: 1 }),
    limited: (stream) => limited(stream, { train: 1 }),
    heldOut: (stream) => heldOut(stream, { share: 0.5, seed: 1 }),
  };

  it.each(Object.keys(made))('is refused by %s(), which says what one is', (name) => {
    for (const stream of [undefined, null, sample(2).tasks, {}, 'split'])
      expect(failure(() => made[name]!(stream as never))).toMatch(
        new RegExp(`^CL_OPTION ${name}\\(.*stream must be a stream, as split\\(\\) and custom\\(\\) make`),
      );
  });
});
