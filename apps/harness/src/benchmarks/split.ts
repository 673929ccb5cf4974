import { split } from '@cl/core';
import { type Benchmark, type Defaults, defineBenchmark } from './benchmark.js';

type About = Pick<Benchmark, 'name' | 'title' | 'description' | 'data' | 'image' | 'defaults'> &
  Partial<Pick<Benchmark, 'tasks'>> & { readonly classesPerTask?: number };

/** Classes a few at a time; ten classes as five tasks of two unless told otherwise. */
function splitBenchmark({ tasks = 5, classesPerTask = 2, ...about }: About): Benchmark {
  return defineBenchmark({
    ...about,
    scenarios: ['class', 'task', 'domain', 'free'],
    base: 'class',
    tasks,
    make: ({ train, test, classes, classNames }, { scenario, seed, order }) =>
      split({
        name: about.title,
        train,
        test,
        classes,
        classNames,
        scenario,
        classesPerTask,
        order: order === 'sorted' ? 'sorted' : seed,
        // Outputs in the order in which classes are met, as in van de Ven's code, so that a head can grow.
        relabel: true,
      }),
  });
}

/** Split-MNIST as van de Ven, Tuytelaars & Tolias (2022) train it. */
const VAN_DE_VEN: Defaults = { hidden: [400, 400], optimizer: 'adam', learningRate: 1e-3, batchSize: 128, duration: { iterations: 2000 } };

export const splitDigits = splitBenchmark({
  name: 'split-digits',
  title: 'Split-Digits',
  description: 'Handwritten digits of 8 × 8 pixels, two at a time. Comes with the package and trains in a second.',
  data: 'digits',
  image: [8, 8, 1],
  defaults: { hidden: [100, 100], optimizer: 'adam', learningRate: 1e-3, batchSize: 32, duration: { epochs: 10 } },
});

export const splitMnist = splitBenchmark({
  name: 'split-mnist',
  title: 'Split-MNIST',
  description: 'Handwritten digits of 28 × 28 pixels, two at a time, by the protocol of van de Ven et al. (2022).',
  data: 'mnist',
  image: [28, 28, 1],
  defaults: VAN_DE_VEN,
});

export const splitFashionMnist = splitBenchmark({
  name: 'split-fashion-mnist',
  title: 'Split-Fashion-MNIST',
  description: 'Clothing of 28 × 28 pixels, two kinds at a time, by the protocol of Split-MNIST.',
  data: 'fashion-mnist',
  image: [28, 28, 1],
  defaults: VAN_DE_VEN,
});

/** A part of CIFAR-100 that trains in minutes. The official set is five times as large, so numbers of others are not comparable. */
const CIFAR100 = {
  data: 'cifar100-subset',
  image: [32, 32, 3],
  defaults: { hidden: [400, 400], optimizer: 'adam', learningRate: 1e-3, batchSize: 64, duration: { epochs: 15 } },
} as const;

export const splitCifar100In10 = splitBenchmark({
  ...CIFAR100,
  name: 'split-cifar100-10',
  title: 'Split-CIFAR-100 (subset), 10 tasks',
  description: '150 images of each class of CIFAR-100, ten classes at a time. Needs --data: nobody publishes the subset.',
  tasks: 10,
  classesPerTask: 10,
});

export const splitCifar100In20 = splitBenchmark({
  ...CIFAR100,
  name: 'split-cifar100-20',
  title: 'Split-CIFAR-100 (subset), 20 tasks',
  description: '150 images of each class of CIFAR-100, five classes at a time. Needs --data: nobody publishes the subset.',
  tasks: 20,
  classesPerTask: 5,
});
