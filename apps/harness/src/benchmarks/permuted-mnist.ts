import { permuted } from '@cl/core';
import { defineBenchmark } from './benchmark.js';

/** Permuted MNIST by the protocol of van de Ven, Tuytelaars & Tolias (2022). */
export const permutedMnist = defineBenchmark({
  name: 'permuted-mnist',
  title: 'Permuted-MNIST',
  description: 'Ten pixel permutations of MNIST, padded to 32 × 32 pixels, by the protocol of van de Ven et al. (2022).',
  data: 'mnist',
  scenarios: ['domain', 'task', 'class', 'free'],
  base: 'domain',
  image: [32, 32, 1],
  tasks: 10,
  defaults: { hidden: [1000, 1000], optimizer: 'adam', learningRate: 1e-4, batchSize: 128, duration: { iterations: 5000 } },
  make: ({ train, test, classes }, { scenario, seed }) =>
    permuted({ name: 'Permuted-MNIST', train, test, classes, scenario, seed, tasks: 10, pad: 2, first: 'permuted' }),
});

/** Permuted MNIST as in DER (Buzzega et al., 2020) and Mammoth: no border, the first task permuted too, one pass, plain gradient descent. */
export const permutedMnistIn20 = defineBenchmark({
  name: 'permuted-mnist-20',
  title: 'Permuted-MNIST, 20 tasks',
  description: 'Twenty pixel permutations of MNIST, one pass each, by the protocol of DER (2020).',
  data: 'mnist',
  scenarios: ['domain', 'free'],
  base: 'domain',
  image: [28, 28, 1],
  tasks: 20,
  defaults: { hidden: [100, 100], optimizer: 'sgd', learningRate: 0.2, batchSize: 128, duration: { epochs: 1 } },
  make: ({ train, test, classes }, { scenario, seed }) =>
    permuted({ name: 'Permuted-MNIST', train, test, classes, scenario, seed, tasks: 20, first: 'permuted' }),
});
