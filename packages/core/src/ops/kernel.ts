import type { GradConfig, NamedAttrMap, NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Kernels that a back end may bring along: `@cl/node` registers them for 'tensorflow' with `tf.registerKernel`. Where one is
 * missing, the op is made of plain tfjs ops.
 */
export type KernelName =
  | 'cl/MatMul'
  | 'cl/BiasAdd'
  | 'cl/BiasAddGrad'
  | 'cl/Relu'
  | 'cl/ReluGrad'
  | 'cl/SparseCrossEntropy'
  | 'cl/CrossEntropy'
  | 'cl/CrossEntropyGrad'
  | 'cl/Gather'
  | 'cl/NthLargest'
  | 'cl/BatchNorm'
  | 'cl/BatchNormGrad'
  | 'cl/Uniform'
  | 'cl/Normal'
  | 'cl/FoldSeed'
  | 'cl/DropoutMask'
  | 'cl/CheckFinite'
  | 'cl/Fusable';

/** True if the active back end brings this kernel along. */
export function has(name: KernelName): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

/** True if the active back end brings this kernel along; from then on `gradient` says how to differentiate it. */
export function hasWithGradient(name: KernelName, gradient: Omit<GradConfig, 'kernelName'>): boolean {
  if (!has(name)) return false;
  if (tf.getGradient(name) === undefined) tf.registerGradient({ kernelName: name, ...gradient });
  return true;
}

/** Runs a kernel with one output. */
export function run<T extends Tensor>(name: KernelName, inputs: NamedTensorMap, attributes: NamedAttrMap = {}): T {
  return tf.engine().runKernel(name, inputs, attributes) as unknown as T;
}

/** Runs a kernel with several outputs. */
export function runMany(name: KernelName, inputs: NamedTensorMap, attributes: NamedAttrMap = {}): Tensor[] {
  return tf.engine().runKernel(name, inputs, attributes) as unknown as Tensor[];
}
