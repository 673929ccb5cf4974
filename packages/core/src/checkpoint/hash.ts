import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import { sha256, utf8 } from './platform.js';
import { bytesOfTensor } from './tree-codec.js';

/**
 * A fingerprint of parameters, 64 hexadecimal digits: equal for equal names, types, shapes and bits, whatever the order. It is
 * the SHA-256 of a list with a line for each parameter, by name: `SHA-256 of its bytes, name, type, shape` in JSON.
 *
 * @example await parameterHash(parameters) === published
 */
export async function parameterHash(parameters: NamedTensorMap): Promise<string> {
  const names = Object.keys(parameters).sort();
  const tensors = await Promise.all(names.map((name) => bytesOfTensor(parameters[name]!, name)));
  const lines = await Promise.all(
    tensors.map(async ({ dtype, shape, bytes }, i) => `${JSON.stringify([await sha256(bytes), names[i], dtype, shape])}\n`),
  );
  return sha256(utf8(lines.join('')));
}
