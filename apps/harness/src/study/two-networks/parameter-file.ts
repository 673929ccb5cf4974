import { readFile } from 'node:fs/promises';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '@cl/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { writeFileAtomically } from '../../results/write-file.js';

/** Parameters of any model as a file, in single precision: a difference of weights loses what is small in half. */
export async function writeParameters(path: string, parameters: NamedTensorMap): Promise<void> {
  const stored = await Promise.all(
    Object.entries(parameters).map(async ([name, tensor]): Promise<[string, StoredTensor]> => {
      const values = await tensor.data();
      return [name, { dtype: 'F32', shape: tensor.shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) }];
    }),
  );
  await writeFileAtomically(path, encodeSafetensors(Object.fromEntries(stored)));
}

/** @throws CL_CHECKPOINT for a damaged file. */
export async function readParameters(path: string): Promise<NamedTensorMap> {
  const { tensors } = decodeSafetensors(await readFile(path), path);
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, bytes }]) => [
      name,
      tf.tensor(new Float32Array(new Uint8Array(bytes).buffer), [...shape]),
    ]),
  );
}
