import { rotated } from '@cl/core';
import { defineBenchmark } from './benchmark.js';

/** Rotated MNIST as in DER (Buzzega et al., 2020) and Mammoth: nearest neighbour, one pass, plain gradient descent. */
export const rotatedMnist = defineBenchmark({
  name: 'rotated-mnist',
  title: 'Rotated-MNIST',
  description: 'Twenty rotations of MNIST by random angles of 0° to 180°, one pass each, by the protocol of DER (2020).',
  data: 'mnist',
  scenarios: ['domain', 'free'],
  base: 'domain',
  image: [28, 28, 1],
  tasks: 20,
  defaults: { hidden: [100, 100], optimizer: 'sgd', learningRate: 0.2, batchSize: 128, duration: { epochs: 1 } },
  make: ({ train, test, classes }, { scenario, seed }) =>
    rotated({ name: 'Rotated-MNIST', train, test, classes, scenario, seed, tasks: 20, range: [0, 180], interpolation: 'nearest' }),
});
