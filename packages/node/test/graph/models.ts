import type { Entry, TensorTree } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import * as ops from './support.js';
import { values } from './support.js';

export type Optimizer = 'sgd' | 'momentum' | 'adam';

type Named = { readonly [name: string]: tf.Tensor };
type State = { readonly parameters: Named; readonly first: Named; readonly second: Named };

/** Parameters and slots of a net of dense layers. */
export function netState(sizes: readonly number[]): TensorTree {
  const parameters: { [name: string]: tf.Tensor } = {};
  sizes.slice(1).forEach((outputs, i) => {
    parameters[`kernel${i}`] = tf.tidy(() => tf.mul(values([sizes[i]!, outputs], i), Math.sqrt(2 / sizes[i]!)));
    parameters[`bias${i}`] = tf.zeros([outputs]);
  });
  const zeros = (): Named => Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, tf.zerosLike(tensor)]));
  return { parameters, first: zeros(), second: zeros() };
}

function logits(parameters: Named, x: tf.Tensor): tf.Tensor2D {
  const layers = Object.keys(parameters).length / 2;
  let hidden = x;
  for (let i = 0; i < layers; i++) {
    hidden = ops.dense(hidden, parameters[`kernel${i}`] as tf.Tensor2D, parameters[`bias${i}`] as tf.Tensor1D);
    if (i < layers - 1) hidden = ops.relu(hidden);
  }
  return hidden as tf.Tensor2D;
}

/** A training step on { x, y, rate, step } that returns the loss. */
export function trainEntry(optimizer: Optimizer): Entry {
  return ops.entry('train', (inputs: { x: tf.Tensor; y: tf.Tensor1D; rate: tf.Scalar; step: tf.Scalar }, state: State) => {
    const names = Object.keys(state.parameters);
    const lossOf = (...list: tf.Tensor[]): tf.Scalar =>
      tf.mean(ops.sparseCrossEntropy(logits(Object.fromEntries(names.map((name, i) => [name, list[i]!])), inputs.x), inputs.y));
    const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => state.parameters[name]!));
    const outputs = { loss: ops.checkFinite(value as tf.Scalar, 'the loss') };
    const updated = names.map((name, i) => apply(optimizer, state, name, grads[i]!, inputs));
    const slot = (key: 0 | 1 | 2): Named => Object.fromEntries(names.map((name, i) => [name, updated[i]![key]!]));
    return { outputs, state: { parameters: slot(0), first: slot(1), second: slot(2) } };
  });
}

function apply(
  optimizer: Optimizer,
  state: State,
  name: string,
  gradient: tf.Tensor,
  { rate, step }: { rate: tf.Scalar; step: tf.Scalar },
): tf.Tensor[] {
  const [parameter, first, second] = [state.parameters[name]!, state.first[name]!, state.second[name]!];
  if (optimizer === 'sgd') return [ops.applySgd(parameter, gradient, rate), first, second];
  if (optimizer === 'momentum') {
    const moved = ops.applyMomentum(parameter, first, gradient, rate, 0.9);
    return [moved.parameter, moved.accumulator, second];
  }
  const moved = ops.applyAdam(parameter, first, second, gradient, { rate, step, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  return [moved.parameter, moved.m, moved.v];
}

/** Accuracy-free evaluation: the logits on { x }. Leaves the state as it is. */
export const predictEntry = (): Entry =>
  ops.entry('predict', (inputs: { x: tf.Tensor }, state: State) => ({ outputs: logits(state.parameters, inputs.x) }));

/** The batch of step `n`. */
export function batch(rows: number, columns: number, classes: number, n: number): { [name: string]: tf.Tensor } {
  return {
    x: values([rows, columns], n),
    y: tf.tensor1d(
      Array.from({ length: rows }, (_, i) => (i * 7 + n) % classes),
      'int32',
    ),
    rate: tf.scalar(0.05 / (1 + n)),
    step: tf.scalar(n + 1),
  };
}
