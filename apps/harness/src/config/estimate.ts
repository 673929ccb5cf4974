import type { Benchmark } from '../benchmarks/index.js';
import type { RunSpec } from '../results/schema.js';
import { modelOf } from '../run/learner-options.js';
import { keepsExamples, partsOf } from '../strategies/catalog.js';

/** Rows of each data set, to train on and to test on. */
const ROWS: Readonly<Record<Benchmark['data'], { readonly train: number; readonly test: number }>> = {
  digits: { train: 3823, test: 1797 },
  mnist: { train: 60_000, test: 10_000 },
  'fashion-mnist': { train: 60_000, test: 10_000 },
  'cifar100-subset': { train: 10_000, test: 5000 },
};

/** Measured on two cores of a server of 2024, rounded: operations a second and thread, and seconds a step whatever its size. */
const RATES = { graph: { operations: 4e10, overhead: 2e-4 }, eager: { operations: 2e10, overhead: 4e-3 } };

/** To load TensorFlow and the data, and to compile. */
const START = 1.5;

/** To read a row that is tested, seconds. */
const READ = 1e-5;

/** All tasks of a permuted or rotated benchmark have the whole data set. */
const isWhole = ({ benchmark }: RunSpec): boolean => benchmark.startsWith('permuted') || benchmark.startsWith('rotated');

/** Trainings of a run: one, where tasks have no boundaries or are joined. */
const trainingsOf = ({ scenario, strategy }: RunSpec, { tasks }: Pick<Benchmark, 'tasks'>): number =>
  scenario === 'free' || strategy === 'joint' ? 1 : tasks;

/** Training steps of a run, before its data are loaded. */
export function stepsAhead(spec: RunSpec, { data, tasks }: Pick<Benchmark, 'data' | 'tasks'>): number {
  const { train } = ROWS[data];
  const perTask = Math.min(isWhole(spec) ? train : train / tasks, spec.limit.train ?? Infinity);
  const trainings = trainingsOf(spec, { tasks });
  const all = trainings === 1;
  // Cumulative training has (1 + 2 + … + tasks) / tasks times the data.
  const growth = spec.strategy === 'cumulative' ? (tasks + 1) / 2 : all ? tasks : 1;
  return trainings * (spec.iterations ?? (spec.epochs ?? 1) * Math.ceil((growth * perTask) / spec.batchSize));
}

/** Rows that are tested: those of all tasks, before the first training and after each. */
function testedAhead(spec: RunSpec, { data, tasks }: Benchmark): number {
  const perTask = isWhole(spec) ? ROWS[data].test : ROWS[data].test / tasks;
  return (trainingsOf(spec, { tasks }) + 1) * tasks * Math.min(perTask, spec.limit.test ?? Infinity);
}

/** Seconds that a run takes, very roughly: what its matrix products take, what calling them takes, and what is tested. */
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
  const tested = testedAhead(spec, benchmark) * (READ + (2 * products) / (operations * threads));
  return START + 1.25 * stepsAhead(spec, benchmark) * step + tested;
}
