import {
  type BatchMatMulAttrs,
  type BatchMatMulInputs,
  type DataId,
  getKernel,
  type KernelFunc,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';

/**
 * Lets WebAssembly transpose a matrix before it multiplies it. Its kernel has a fast way for matrices as they are and a slow one for transposed
 * ones, which every gradient of a product has: most of a step of training went there.
 */
export function multiplyTransposed(): void {
  const { kernelFunc: multiply, ...kernel } = getKernel('BatchMatMul', 'wasm');
  const { kernelFunc: transpose } = getKernel('Transpose', 'wasm');

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

  unregisterKernel('BatchMatMul', 'wasm');
  registerKernel({ ...kernel, kernelFunc });
}
