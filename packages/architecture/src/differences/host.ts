import { matrixOf } from '@cl/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** The values of a tensor, row-major. Reads the device: for what is done once, outside of training. */
export const valuesOf = (tensor: Tensor): Float32Array => Float32Array.from(matrixOf(tensor).to1DArray());

/** Each tensor with its values changed on the host; no other tensor is made on the way. */
export const onHost = (
  tensors: NamedTensorMap,
  f: (values: Float32Array, name: string, shape: readonly number[]) => Float32Array,
): NamedTensorMap =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, tf.tensor(f(valuesOf(tensor), name, tensor.shape), tensor.shape)]),
  );
