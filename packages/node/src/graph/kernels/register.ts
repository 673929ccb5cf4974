import type { KernelConfig, NamedAttrMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { NodeBackend } from '../backend.js';
import { apply } from './apply.js';
import { layers } from './layers.js';
import { losses } from './losses.js';
import { random } from './random.js';

/** A kernel by its inputs, its attributes and the back end: tensors in, tensors out. */
export type Kernel = (inputs: { readonly [name: string]: Tensor }, attributes: NamedAttrMap, backend: NodeBackend) => Tensor | Tensor[];

/**
 * Registers the kernels that `@cl/core`'s ops use on native TensorFlow, once. `graph()` calls it; call it yourself to have them in
 * eager code before.
 */
export function registerKernels(): void {
  for (const [kernelName, kernel] of Object.entries({ ...layers, ...losses, ...random, ...apply })) {
    if (tf.getKernel(kernelName, 'tensorflow')) continue;
    const kernelFunc: KernelConfig['kernelFunc'] = ({ inputs, attrs, backend }) =>
      kernel(inputs as unknown as { [name: string]: Tensor }, attrs ?? {}, backend as NodeBackend) as TensorInfo | TensorInfo[];
    tf.registerKernel({ kernelName, backendName: 'tensorflow', kernelFunc });
  }
}
