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
