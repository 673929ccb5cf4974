import type { GradConfig, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { hasWithGradient, run } from './kernel.js';

export interface MatMulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** The product of two matrices. Natively TensorFlow's MatMul: the batched product that tfjs uses is slow at small sizes. */
export function matMul(a: Tensor2D, b: Tensor2D, { transposeA = false, transposeB = false }: MatMulOptions = {}): Tensor2D {
  if (hasWithGradient('cl/MatMul', matMulGradient)) return run('cl/MatMul', { a, b }, { transposeA, transposeB });
  return tf.matMul(a, b, transposeA, transposeB);
}

const matMulGradient: Omit<GradConfig, 'kernelName'> = {
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved, attributes) => {
    const [a, b, d] = [saved[0] as Tensor2D, saved[1] as Tensor2D, dy as Tensor2D];
    const { transposeA, transposeB } = attributes as unknown as { transposeA: boolean; transposeB: boolean };
    return {
      a: () => (transposeA ? matMul(b, d, { transposeA: transposeB, transposeB: true }) : matMul(d, b, { transposeB: !transposeB })),
      b: () => (transposeB ? matMul(d, a, { transposeA: true, transposeB: transposeA }) : matMul(a, d, { transposeA: !transposeA })),
    };
  },
};

/** Adds a bias to the last axis of `x`, of rank 2 or more. */
export function biasAdd<T extends Tensor>(x: T, bias: Tensor1D): T {
  if (x.rank >= 2 && hasWithGradient('cl/BiasAdd', biasAddGradient)) return run('cl/BiasAdd', { x, bias });
  return tf.add(x, bias);
}

const biasAddGradient: Omit<GradConfig, 'kernelName'> = {
  gradFunc: (dy) => ({ x: () => tf.clone(dy as Tensor), bias: () => biasGradient(dy as Tensor) }),
};

/** The sum over all axes but the last. */
function biasGradient(dy: Tensor): Tensor {
  if (
    hasWithGradient('cl/BiasAddGrad', { inputsToSave: ['dy'], gradFunc: (g, [d]) => ({ dy: () => tf.add(tf.zerosLike(d!), g as Tensor) }) })
  ) {
    return run('cl/BiasAddGrad', { dy });
  }
  return tf.sum(dy, dy.shape.map((_, axis) => axis).slice(0, -1));
}

/** `x · kernel + bias` over the last axis of `x`, of rank 2 or more. */
export function dense(x: Tensor, kernel: Tensor2D, bias?: Tensor1D): Tensor {
  const rows = x.rank === 2 ? (x as Tensor2D) : tf.reshape<tf.Rank.R2>(x, [-1, x.shape.at(-1)!]);
  const product = matMul(rows, kernel);
  const sum = bias ? biasAdd(product, bias) : product;
  return x.rank === 2 ? sum : tf.reshape(sum, [...x.shape.slice(0, -1), kernel.shape[1]]);
}

/** max(x, 0). Natively without the constant of ones that the gradient of `tf.relu` puts into a graph. */
export function relu<T extends Tensor>(x: T): T {
  if (hasWithGradient('cl/Relu', { outputsToSave: [true], gradFunc: (dy, [y]) => ({ x: () => reluGradient(dy as Tensor, y!) }) })) {
    return run('cl/Relu', { x });
  }
  return tf.relu(x);
}

/** `dy` where `y`, a result of relu, is positive. */
function reluGradient(dy: Tensor, y: Tensor): Tensor {
  hasWithGradient('cl/ReluGrad', {
    inputsToSave: ['y'],
    gradFunc: (g, [y]) => ({ dy: () => reluGradient(g as Tensor, y!), y: () => tf.zerosLike(y!) }),
  });
  return run('cl/ReluGrad', { dy, y });
}
