/// <reference types="node" />
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  type AnyStrategy,
  column,
  compose,
  type Dataset,
  dataset,
  Learner,
  limited,
  type Optimizer,
  type Scenario,
  type Stream,
  split,
  type TaskData,
} from '../packages/core/src/index.js';
import { mlp } from '../packages/models/src/index.js';
import { useFastest } from './places.js';

/** 1797 + 3823 real handwritten digits of 8 × 8 pixels, as the harness embeds them: 64 numbers from 0 to 16 and the digit a line. */
export function digits(part: 'tra' | 'tes'): Dataset {
  const file = new URL(`../apps/harness/data/digits/optdigits.${part}.gz`, import.meta.url);
  const rows = gunzipSync(readFileSync(file))
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number));
  const pixels = Float32Array.from(rows.flatMap((row) => row.slice(0, 64).map((value) => value / 16)));
  return dataset(
    column(pixels, [64]),
    column(
      Int32Array.from(rows, (row) => row[64]!),
      [],
    ),
  );
}

/** Five tasks of two digits each, the first `train` rows of a task to learn from and the first `test` to test on. */
export function splitDigits(scenario: Exclude<Scenario, 'free'>, { train = 160, test = 200 } = {}): Stream {
  const stream = split({ train: digits('tra'), test: digits('tes'), classesPerTask: 2, scenario, name: 'split-digits' });
  return limited(stream, { train, test });
}

/** Means over seeds, of accuracies in [0, 1]. */
export interface Effect {
  /** Accuracy over all tasks at the end. */
  readonly accuracy: number;
  /** Accuracy on each task right after it was learned. */
  readonly learning: number;
  /** How much of that is lost at the end, over all tasks but the last. */
  readonly forgetting: number;
}

export interface EffectOptions {
  readonly scenario: Exclude<Scenario, 'free'>;
  readonly optimizer: Optimizer;
  /** Makes a strategy for each seed. Default: fine-tuning. */
  readonly create?: () => AnyStrategy;
  readonly seeds?: readonly number[];
}

/** What a strategy does on split-digits with two hidden layers of 32 units, 8 epochs a task: enough for fine-tuning to forget. */
export async function effectOf({ scenario, optimizer, create = () => compose(), seeds = [1, 2, 3] }: EffectOptions): Promise<Effect> {
  const { compiler } = await useFastest();
  const { tasks, outputs } = splitDigits(scenario);
  const runs: Effect[] = [];
  for (const seed of seeds) {
    const model = mlp({ inputs: 64, hidden: [32, 32], outputs });
    const learner = new Learner({ model, optimizer, scenario, strategy: create(), seed, slots: 'reset', compiler });
    const accuracy = async (task: TaskData) => (await learner.evaluate(task)).accuracy!;
    const learned: number[] = [];
    for (const task of tasks) {
      await learner.learn(task, { epochs: 8, batchSize: 16 });
      learned.push(await accuracy(task));
    }
    const end: number[] = [];
    for (const task of tasks) end.push(await accuracy(task));
    learner.dispose();
    runs.push({ accuracy: mean(end), learning: mean(learned), forgetting: mean(end.slice(0, -1).map((value, t) => learned[t]! - value)) });
  }
  const over = (what: keyof Effect) => mean(runs.map((run) => run[what]));
  return { accuracy: over('accuracy'), learning: over('learning'), forgetting: over('forgetting') };
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;

/** Percentages between which an effect must lie, on both sides: what is too good is wrong too. */
export interface Band {
  readonly accuracy: readonly [number, number];
  readonly forgetting: readonly [number, number];
}

/** Throws where an effect lies outside of its band. */
export function expectWithin(effect: Effect, band: Band): void {
  for (const what of ['accuracy', 'forgetting'] as const) {
    const [low, high] = band[what];
    const percent = 100 * effect[what];
    if (!(percent >= low && percent <= high)) throw new Error(`${what} is ${percent.toFixed(1)} %, must lie in ${low} … ${high} %.`);
  }
}
