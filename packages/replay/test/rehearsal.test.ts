import { column, type Dataset, dataset, Learner, type Rows, sgd, type TaskData } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter } from '../../../testing/toy.js';
import { mlp } from '../../models/src/index.js';
import { type RehearsalOptions, rehearsal } from '../src/index.js';

const badOptions = [{ rate: -0.01 }, { rate: 1.5 }, { rate: '1 %' }, { mode: 'once' }, { base: 'all' }, { base: [{}] }];

strategyContract({
  create: (options) => rehearsal({ rate: 0.2, ...options }),
  badOptions,
  goodOptions: [{ rate: 0 }, { rate: 1 }],
});

strategyContract({
  name: 'rehearsal of a fixed choice',
  create: (options) => rehearsal({ rate: 0.2, mode: 'fixed', ...options }),
  badOptions,
});

beforeAll(useCpu);

/** Rows that carry a number each, from `first` on: [number, 0, …], all of class 0. */
const numbered = (first: number, rows: number): Dataset =>
  dataset(
    column(
      Float32Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? first + i / 2 : 0)),
      [2],
    ),
    column(new Int32Array(rows), []),
  );

/** Tasks of `rows` numbered rows each: task t has those from 1000 t on. */
const stream = (tasks: number, rows: number): readonly TaskData[] =>
  Array.from({ length: tasks }, (_, index) => {
    const data = numbered(1000 * index, rows);
    return { index, name: `task ${index}`, classes: [0, 1], train: data, test: data };
  });

interface Round {
  /** The numbers of the rows that joined, and how many steps the task took. */
  readonly joined: readonly number[];
  readonly iterations: number;
  readonly share: number;
}

async function rounds(options: RehearsalOptions, tasks: readonly TaskData[], seed = 1): Promise<Round[]> {
  const found: Round[] = [];
  const own = rehearsal(options);
  let joined: readonly number[] = [];
  const strategy: typeof own = {
    ...own,
    joins(state) {
      const rows = own.joins!(state);
      joined = rows.flatMap((part) => numbersOf(part));
      return rows;
    },
  };
  const learner = new Learner({
    model: mlp({ inputs: 2, hidden: [], outputs: 2 }),
    optimizer: sgd(0),
    scenario: 'domain',
    strategy,
    seed,
  });
  for (const task of tasks) {
    let iterations = 0;
    await learner.learn(task, {
      batchSize: 10,
      onStep: (step) => {
        iterations = step.iterations;
      },
    });
    found.push({ joined: [...joined].sort((a, b) => a - b), iterations, share: learner.measure()['rehearsal.share']! });
  }
  learner.dispose();
  return found;
}
const numbersOf = ({ x, count }: Rows) => Array.from({ length: count }, (_, i) => (x as { values: Float32Array }).values[2 * i]!);
const ofTask = (joined: readonly number[], task: number) => joined.filter((row) => Math.floor(row / 1000) === task);

describe('the mixture', () => {
  const base = Array.from({ length: 38 }, (_, i) => numbered(-1000 * (i + 1), 50));

  it("has the counts of the paper, a thousandth in size: 38 base sets, nine data sets of earlier tasks, 1 % of the task's examples of each", async () => {
    const found = await rounds({ rate: 0.01, base }, stream(10, 100));
    expect(found.map(({ joined }) => joined.length)).toEqual([38, 39, 40, 41, 42, 43, 44, 45, 46, 47]);
    // 138 and 147 rows in batches of 10.
    expect([found[0]!.iterations, found[9]!.iterations]).toEqual([14, 15]);
    expect(found[0]!.share).toBeCloseTo(0.275, 3);
    expect(found[9]!.share).toBeCloseTo(0.32, 3);
    found.forEach(({ joined }, task) => {
      for (let earlier = 0; earlier < task; earlier++) expect(ofTask(joined, earlier)).toHaveLength(1);
      for (let set = 1; set <= 38; set++) expect(ofTask(joined, -set)).toHaveLength(1);
      expect(ofTask(joined, task)).toEqual([]);
    });
  });

  it('is the same for the same seed and another for another one', async () => {
    const joined = async (seed: number) => (await rounds({ rate: 0.1, base }, stream(3, 50), seed)).map((round) => round.joined);
    expect(await joined(1)).toEqual(await joined(1));
    expect(await joined(2)).not.toEqual(await joined(1));
  });

  it('is the task alone at rate 0: plain training, and nothing is kept', async () => {
    for (const mode of ['redraw', 'fixed'] as const) {
      for (const round of await rounds({ rate: 0, mode, base }, stream(3, 50)))
        expect(round).toEqual({ joined: [], iterations: 5, share: 0 });
    }
    const toy = { stream: clouds({ scenario: 'class' }), optimizer: sgd(0.1) };
    expect(await hashAfter({ ...toy, strategy: rehearsal({ rate: 0 }) })).toBe(await hashAfter(toy));
  });

  it('has one example of each data set where the rate gives less than one, and all where it asks for more than there are', async () => {
    const [, second] = await rounds({ rate: 0.001 }, stream(2, 50));
    expect(second!.joined).toHaveLength(1);
    const small = [numbered(-1000, 3)];
    const [first] = await rounds({ rate: 0.5, base: small }, stream(1, 50));
    expect(first!.joined).toEqual([-1000, -999, -998]);
  });
});

describe('from task to task', () => {
  it("'fixed' rehearses the same examples", async () => {
    const found = await rounds({ rate: 0.1, mode: 'fixed', base: [numbered(-1000, 100)] }, stream(4, 100));
    for (const data of [-1, 0, 1]) {
      const each = found.slice(data + 1).map(({ joined }) => ofTask(joined, data).join());
      expect(each[0]!.split(',')).toHaveLength(10);
      expect(new Set(each).size).toBe(1);
    }
  });

  it("'redraw' draws anew, from all examples: two draws share r² / n of them", async () => {
    // 40 of 400 each time: 4 in common, hypergeometric with a deviation of 1.7; 20 pairs have 80 ± 8.
    const found = await rounds({ rate: 0.1 }, stream(22, 400));
    const draws = found.slice(1).map(({ joined }) => new Set(ofTask(joined, 0)));
    const shared = draws.slice(1).map((draw, i) => [...draw].filter((row) => draws[i]!.has(row)).length);
    const sum = shared.reduce((a, b) => a + b, 0);
    expect(shared).toHaveLength(20);
    expect(sum).toBeGreaterThan(50);
    expect(sum).toBeLessThan(110);
    for (const draw of draws) expect(draw.size).toBe(40);
  });
});

describe('base data sets', () => {
  it('are refused where outputs compete by the classes of tasks', () => {
    for (const scenario of ['task', 'class'] as const) {
      const strategy = rehearsal({ rate: 0.1, base: [numbered(0, 5)] });
      expect(() => new Learner({ model: mlp({ inputs: 2, hidden: [], outputs: 2 }), optimizer: sgd(0), scenario, strategy })).toThrow(
        `in scenario '${scenario}' outputs compete by the classes of tasks`,
      );
    }
  });

  it('that have other columns are refused', async () => {
    const [task] = stream(1, 20) as [TaskData];
    const wide = dataset(column(new Float32Array(30), [3]), column(new Int32Array(10), []));
    await expect(rounds({ rate: 0.1, base: [wide] }, [task])).rejects.toThrow(/CL_SHAPE|cannot follow one another/);
  });
});
