import type { Benchmark } from '../benchmarks/index.js';
import type { RunSpec } from '../results/schema.js';
import { modelOf } from '../run/learner-options.js';
import { keepsExamples, partsOf } from '../strategies/catalog.js';

/** Training rows of each data set. */
const ROWS: Readonly<Record<Benchmark['data'], number>> = {
  digits: 3823,
  mnist: 60_000,
  'fashion-mnist': 60_000,
  'cifar100-subset': 10_000,
};

/** Measured on two cores of a server of 2024, rounded: operations a second and thread, and seconds a step whatever its size. */
const RATES = { graph: { operations: 4e10, overhead: 2e-4 }, eager: { operations: 2e10, overhead: 4e-3 } };

/** To load TensorFlow and the data, and to compile. */
const START = 1.5;

/** Training steps of a run, before its data are loaded. */
export function stepsAhead(spec: RunSpec, { data, tasks }: Benchmark): number {
  const sameRowsEachTask = spec.benchmark.startsWith('permuted') || spec.benchmark.startsWith('rotated');
  const perTask = Math.min(sameRowsEachTask ? ROWS[data] : ROWS[data] / tasks, spec.limit.train ?? Infinity);
  const all = spec.scenario === 'free' || spec.strategy === 'joint';
  const trainings = all ? 1 : tasks;
  // Cumulative training has (1 + 2 + … + tasks) / tasks times the data.
  const growth = spec.strategy === 'cumulative' ? (tasks + 1) / 2 : all ? tasks : 1;
  return trainings * (spec.iterations ?? (spec.epochs ?? 1) * Math.ceil((growth * perTask) / spec.batchSize));
}

/** Seconds that a run takes, very roughly: what its matrix products take, and what calling them takes. */
export function secondsAhead(spec: RunSpec, benchmark: Benchmark, threads: number): number {
  const outputs = 10;
  const { parameters } = modelOf(spec, benchmark, outputs);
  const products = Object.values(parameters).reduce((sum, { shape, use }) => {
    const size = shape.reduce((product, length) => product * length, 1);
    // A convolution uses each weight at each place of the image; half as many after pooling.
    const places = use?.op === 'conv2d' ? (benchmark.image[0] * benchmark.image[1]) / 2 : 1;
    return sum + size * places;
  }, 0);
  const passes = partsOf(spec.strategy).reduce((sum, name) => sum + (keepsExamples(name) ? 1 : name === 'finetune' ? 0 : 0.3), 1);
  const { operations, overhead } = RATES[spec.compiler];
  // Forward, and twice as much backward; two operations a product.
  const step = overhead + (6 * products * spec.batchSize * passes) / (operations * threads);
  return START + 1.25 * stepsAhead(spec, benchmark) * step;
}
