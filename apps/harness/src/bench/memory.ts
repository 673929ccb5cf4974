import { compose, Learner, type Stream } from '@cl/core';
import { graph } from '@cl/node';
import { ewc } from '@cl/regularization';
import { replay } from '@cl/replay';
import * as tf from '@tensorflow/tfjs-core';
import { CELLS, modelOf, optimizerOf } from './cells.js';

/** What a long training leaves behind. */
export interface MemoryRow {
  readonly steps: number;
  /** Tensors after the first hundred steps and after the last one: to be equal. */
  readonly tensors: readonly [number, number];
  /** Megabytes resident after a tenth of the steps, when caches and memories are full, and after the last one. */
  readonly resident: readonly [number, number];
}

/** Steps of EWC and replay together through `Learner`, compiled, on the second of two tasks: what is counted must not grow. */
export async function measureMemory(stream: Stream, steps = 20_000): Promise<MemoryRow> {
  const cell = CELLS[0]!;
  const learner = new Learner({
    model: modelOf(cell),
    optimizer: optimizerOf(cell),
    strategy: compose(ewc({ lambda: 1, fisher: 'empirical' }), replay({ capacity: 500 })),
    scenario: 'task',
    seed: 1,
    compiler: graph(),
  });
  const [first, second] = stream.tasks;
  await learner.learn(first!, { iterations: 100, batchSize: cell.batchSize });
  const resident = () => Math.round(process.memoryUsage.rss() / 1e5) / 10;
  let early = { tensors: 0, resident: 0 };
  let late = early;
  await learner.learn(second!, {
    iterations: steps,
    batchSize: cell.batchSize,
    onStep({ iteration }) {
      if (iteration === 100) early = { ...early, tensors: tf.memory().numTensors };
      if (iteration === steps / 10) early = { ...early, resident: resident() };
      if (iteration === steps) late = { tensors: tf.memory().numTensors, resident: resident() };
    },
  });
  learner.dispose();
  return { steps, tensors: [early.tensors, late.tensors], resident: [early.resident, late.resident] };
}
