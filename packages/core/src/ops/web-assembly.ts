import {
  type BatchMatMulAttrs,
  type BatchMatMulInputs,
  type DataId,
  getKernel,
  type KernelConfig,
  type KernelFunc,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';

/** Kernels that are replaced here, so that a second call replaces nothing. */
const replaced = new WeakSet<KernelFunc>();

/**
 * Lets WebAssembly transpose a matrix before it multiplies it. Its kernel has a fast way for matrices as they are and one many times
 * as slow for transposed ones, which the gradient of every product has: most of a training step goes there. Call it once, when the back
 * end is registered; results stay the same.
 *
 * @throws CL_BACKEND if there is no back end 'wasm'.
 * @example
 * import '@tensorflow/tfjs-backend-wasm';
 * await tf.setBackend('wasm');
 * transposeBeforeProducts();
 */
export function transposeBeforeProducts(): void {
  const { kernelFunc: multiply, ...kernel } = wasmKernel('BatchMatMul');
  if (replaced.has(multiply)) return;
  const { kernelFunc: transpose } = wasmKernel('Transpose');

  const kernelFunc: KernelFunc = ({ inputs, attrs, backend }) => {
    const { a, b } = inputs as BatchMatMulInputs;
    const { transposeA, transposeB } = attrs as unknown as BatchMatMulAttrs;
    const made: TensorInfo[] = [];
    const turned = (x: TensorInfo): TensorInfo => {
      const rank = x.shape.length;
      const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
      const result = transpose({ inputs: { x }, attrs: { perm } as unknown as NamedAttrMap, backend }) as TensorInfo;
      made.push(result);
      return result;
    };
    const given = { a: transposeA ? turned(a!) : a, b: transposeB ? turned(b!) : b };
    const asTheyAre = { transposeA: false, transposeB: false };
    const product = multiply({ inputs: given as unknown as NamedTensorInfoMap, attrs: asTheyAre, backend });
    for (const { dataId } of made) (backend as { disposeData(id: DataId): boolean }).disposeData(dataId);
    return product;
  };

  replaced.add(kernelFunc);
  unregisterKernel('BatchMatMul', 'wasm');
  registerKernel({ ...kernel, kernelFunc });
}

function wasmKernel(name: 'BatchMatMul' | 'Transpose'): KernelConfig {
  const kernel = getKernel(name, 'wasm');
  if (kernel) return kernel;
  const message = `transposeBeforeProducts(): there is no back end 'wasm'. Import '@tensorflow/tfjs-backend-wasm' before.`;
  throw new ContinualLearningError('CL_BACKEND', message);
}
