import { type Compiler, type Entry, eager, type TensorTree } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { graph } from '../../src/graph/index.js';
import type { GraphProgram } from '../../src/graph/program.js';
import { pathsOf, templateOf } from '../../src/graph/template.js';
import { loadTensorFlow } from '../../src/native/load.js';

export {
  applyAdam,
  applyMomentum,
  applySgd,
  batchNormTrain,
  biasAdd,
  checkFinite,
  conv2d,
  crossEntropy,
  dense,
  dropout,
  foldSeed,
  gather,
  matMul,
  maxPool,
  normal,
  nthLargest,
  relu,
  sparseCrossEntropy,
  uniform,
} from '../../../core/src/ops/index.js';

/** Loads native TensorFlow before the tests of a file. */
export async function native(): Promise<void> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  await loadTensorFlow();
}

export const numbers = (tensor: TensorTree): number[] => [...(tensor as tf.Tensor).dataSync()];

/** The values of all tensors of a tree, by path: records may come in any order. */
export function allNumbers(tree: TensorTree): number[][] {
  const tensors: tf.Tensor[] = [];
  const paths = pathsOf(templateOf(tree, tensors));
  const order = tensors.map((_, i) => i).sort((a, b) => (paths[a]! < paths[b]! ? -1 : 1));
  return order.map((i) => numbers(tensors[i]!));
}

/** Reproducible values in [−1, 1). */
export function values(shape: number[], salt = 0): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * (salt + 1))),
    shape,
  );
}

/** The largest difference, relative to the largest value. */
export function distance(a: TensorTree, b: TensorTree): number {
  const [left, right] = [allNumbers(a), allNumbers(b)];
  expect(left.map((list) => list.length)).toEqual(right.map((list) => list.length));
  return Math.max(
    0,
    ...left.map((list, i) => {
      const scale = Math.max(1e-3, ...list.map(Math.abs));
      return Math.max(0, ...list.map((value, j) => (Object.is(value, right[i]![j]) ? 0 : Math.abs(value - right[i]![j]!) / scale)));
    }),
  );
}

/** A compiler that throws rather than falls back, and says nothing. */
export const strict = (): Compiler => graph({ strict: true });

/** Runs an entry some steps from one state with two compilers. Returns the largest difference of outputs and of the last state. */
export function difference(entry: Entry, inputs: (step: number) => TensorTree, state: () => TensorTree, steps = 3): number {
  const run = (compiler: Compiler): TensorTree[] => {
    const program = compiler.program(state());
    const outputs = Array.from({ length: steps }, (_, step) => program.run(entry, inputs(step)));
    const last = program.read();
    program.dispose();
    return [...outputs, last];
  };
  return distance(run(strict()), run(eager()));
}

export function graphProgram(state: TensorTree, options: Parameters<typeof graph>[0] = { strict: true }): GraphProgram {
  return graph(options).program(state) as GraphProgram;
}

export const entry = (name: string, apply: (inputs: never, state: never) => { outputs: TensorTree; state?: TensorTree }): Entry =>
  ({ name, apply }) as Entry;

/** What a function throws; undefined if it does not. */
export function thrown(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  return undefined;
}
