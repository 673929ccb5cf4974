import { type Column, ContinualLearningError, evaluationTasks, read, type Scenario, type Stream } from '@cl/core';
import { describe, expect, it } from 'vitest';
import { benchmark, benchmarks } from '../../src/benchmarks/index.js';
import { folderWith } from '../data/with-data.js';

const shapeOf = (stream: Stream) => (stream.tasks[0]!.train.x as Column).shape;
const lengths = (stream: Stream) => stream.tasks.map(({ train, test }) => [train.length, test.length]);
const total = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

async function failure(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!ContinualLearningError.is(error)) throw new Error(`Not an error of ours: ${error}`);
  return `${error.code} ${error.message}`;
}

describe('the registry', () => {
  it('has names of its own and complete settings', () => {
    expect(benchmarks.map(({ name }) => name)).toEqual([
      'split-digits',
      'split-mnist',
      'split-fashion-mnist',
      'permuted-mnist',
      'permuted-mnist-20',
      'rotated-mnist',
      'split-cifar100-10',
      'split-cifar100-20',
    ]);
    for (const { inputs, image, defaults, scenarios, description } of benchmarks) {
      expect(inputs[0]).toBe(image[0] * image[1] * image[2]);
      expect(scenarios.length).toBeGreaterThan(0);
      expect(defaults.learningRate).toBeGreaterThan(0);
      expect(description).toMatch(/\.$/);
    }
  });

  it('finds a benchmark, or what was meant', () => {
    expect(benchmark('split-mnist').title).toBe('Split-MNIST');
    expect(() => benchmark('split-minst')).toThrow("Did you mean 'split-mnist'?");
  });
});

describe('split-digits', () => {
  const load = benchmark('split-digits').load;

  it.each<[Scenario, number, number[][]]>([
    [
      'class',
      10,
      [
        [0, 1],
        [2, 3],
        [4, 5],
        [6, 7],
        [8, 9],
      ],
    ],
    [
      'task',
      10,
      [
        [0, 1],
        [2, 3],
        [4, 5],
        [6, 7],
        [8, 9],
      ],
    ],
    [
      'domain',
      2,
      [
        [0, 1],
        [0, 1],
        [0, 1],
        [0, 1],
        [0, 1],
      ],
    ],
  ])('in the scenario %s', async (scenario, outputs, classes) => {
    const stream = await load({ scenario, seed: 3 });
    expect(stream).toMatchObject({ name: 'Split-Digits', scenario, outputs });
    expect(stream.tasks.map((task) => task.classes)).toEqual(classes);
    expect(total(lengths(stream).map(([train]) => train!))).toBe(3823);
    expect(total(lengths(stream).map(([, test]) => test!))).toBe(1797);
    expect(shapeOf(stream)).toEqual([64]);
    for (const { train, classes } of stream.tasks) expect(new Set(read(train.y).values)).toEqual(new Set(classes));
  });

  it('takes the digits in another order for each seed, and by the numbers where asked', async () => {
    const names = async (options: Parameters<typeof load>[0]) => (await load(options)).tasks.map(({ name }) => name);
    expect(await names({ order: 'sorted', seed: 5 })).toEqual(['0, 1', '2, 3', '4, 5', '6, 7', '8, 9']);
    expect(await names({ seed: 5 })).toEqual(await names({ seed: 5 }));
    expect(await names({ seed: 5 })).not.toEqual(await names({ seed: 6 }));
    expect((await names({ seed: 5 })).join(', ').split(', ').sort()).toEqual([...'0123456789']);
  });

  it('comes without boundaries, as images, and in short', async () => {
    const free = await load({ scenario: 'free', limit: 50, rows: 'images' });
    expect(free).toMatchObject({ scenario: 'free', outputs: 10, tasks: [{ ordered: true, classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }] });
    expect(lengths(free)).toEqual([[250, 1797]]);
    expect(shapeOf(free)).toEqual([8, 8, 1]);
    expect(evaluationTasks(free).length).toBe(5);
    expect(lengths(await load({ limit: { train: 10, test: 20 } }))).toEqual(new Array(5).fill([10, 20]));
  });

  it('refuses what it does not know', async () => {
    expect(await failure(load({ scenario: 'clas' as 'class' }))).toContain(
      "CL_OPTION split-digits.load({ scenario: 'clas' }): scenario must be one of 'class', 'task', 'domain', 'free'",
    );
    expect(await failure(load({ rows: 'flat' as 'vectors' }))).toContain('rows must be one of');
    expect(await failure(load({ seed: 1.5 }))).toContain('seed must be a whole number, received 1.5.');
    expect(await failure(load({ limit: 0 }))).toContain('CL_OPTION');
    expect(await failure(load({ scenarios: 'class' } as never))).toContain("Did you mean 'scenario'?");
    expect(await failure(benchmark('rotated-mnist').load({ scenario: 'task' }))).toContain("scenario must be one of 'domain', 'free'");
    expect(await failure(benchmark('split-mnist').load({ data: '/nowhere' }))).toContain(
      'CL_DATA mnist/train-images-idx3-ubyte.gz: there is no folder /nowhere',
    );
  });
});

describe.runIf(folderWith('mnist', 'fashion-mnist'))('with the official files', () => {
  it('splits MNIST and Fashion-MNIST', async () => {
    const stream = await benchmark('split-mnist').load({ seed: 1 });
    expect(total(lengths(stream).map(([train]) => train!))).toBe(60_000);
    expect(shapeOf(stream)).toEqual([784]);
    const fashion = await benchmark('split-fashion-mnist').load({ order: 'sorted', limit: 100 });
    expect(fashion.tasks[0]!.name).toBe('T-shirt/top, Trouser');
    expect(lengths(fashion)).toEqual(new Array(5).fill([100, 2000]));
  });

  it('permutes and turns all of MNIST without copying it', async () => {
    for (const [name, tasks, size, outputs] of [
      ['permuted-mnist', 10, 1024, 10],
      ['permuted-mnist-20', 20, 784, 10],
      ['rotated-mnist', 20, 784, 10],
    ] as const) {
      const before = process.memoryUsage().arrayBuffers;
      const stream = await benchmark(name).load({ seed: 1 });
      // One set of images is 55 MB of bytes; its copies would be many times that.
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(250e6);
      expect(stream).toMatchObject({ scenario: 'domain', outputs });
      expect(lengths(stream)).toEqual(new Array(tasks).fill([60_000, 10_000]));
      expect(shapeOf(stream)).toEqual([size]);
      const [first, last] = [stream.tasks[0]!, stream.tasks.at(-1)!].map(({ train }) => read(train.x as Column, [0, 59_999]).values);
      expect(first).not.toEqual(last);
    }
  });
});

describe.runIf(folderWith('cifar100-subset'))('with the part of CIFAR-100', () => {
  it('splits a hundred classes into ten and twenty tasks, each class once', async () => {
    for (const [name, tasks, classes] of [
      ['split-cifar100-10', 10, 10],
      ['split-cifar100-20', 20, 5],
    ] as const) {
      const stream = await benchmark(name).load({ scenario: 'task', seed: 1, rows: 'images' });
      expect(stream).toMatchObject({ outputs: 100 });
      expect(lengths(stream)).toEqual(new Array(tasks).fill([100 * classes, 50 * classes]));
      expect(stream.tasks.flatMap((task) => task.classes)).toEqual(Array.from({ length: 100 }, (_, c) => c));
      expect(shapeOf(stream)).toEqual([32, 32, 3]);
    }
    expect((await benchmark('split-cifar100-20').load({ order: 'sorted' })).tasks[0]!.name).toBe('apple, aquarium_fish … beaver');
  });
});
