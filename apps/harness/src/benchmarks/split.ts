import { split } from '@cl/core';
import { type Benchmark, type Defaults, defineBenchmark } from './benchmark.js';

/** Ten classes as five tasks of two. */
function splitBenchmark(about: Pick<Benchmark, 'name' | 'title' | 'description' | 'data' | 'image'> & { defaults: Defaults }): Benchmark {
  return defineBenchmark({
    ...about,
    scenarios: ['class', 'task', 'domain', 'free'],
    base: 'class',
    tasks: 5,
    make: ({ train, test, classes, classNames }, { scenario, seed, order }) =>
      split({
        name: about.title,
        train,
        test,
        classes,
        classNames,
        scenario,
        classesPerTask: 2,
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
