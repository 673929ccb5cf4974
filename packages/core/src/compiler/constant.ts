import type { Tensor } from '@tensorflow/tfjs-core';

const CONSTANT = Symbol.for('@cl/core constant');

/**
 * Marks a tensor whose values never change and which a program is given again and again, as the same object: a compiler may make it a
 * part of what it compiles, and so work out once whatever follows from it. Another one in its place is taken for inputs of another shape.
 *
 * @example const weight = asConstant(tf.keep(tf.ones([32])))
 */
export function asConstant<T extends Tensor>(tensor: T): T {
  return Object.defineProperty(tensor, CONSTANT, { value: true });
}

/** Whether a tensor was marked by `asConstant`. */
export const isConstant = (tensor: Tensor): boolean => CONSTANT in tensor;
