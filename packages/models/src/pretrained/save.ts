import { encodeSafetensors, named, type StoredTensor } from '@cl/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Transformer } from '../transformer/index.js';
import { configOf } from './config.js';
import { disk } from './files.js';
import { type Link, layoutOf } from './links.js';

/**
 * A model as the files that Python's transformers load, by name: 'config.json' and 'model.safetensors'. Tied weights are written once.
 *
 * @param parameters All of the model's, such as `learner.parameters()`.
 * @example await pretrainedFiles(model, parameters) // in a browser, to be offered for download
 */
export async function pretrainedFiles(
  model: Transformer,
  parameters: NamedTensorMap,
): Promise<{ readonly 'config.json': Uint8Array; readonly 'model.safetensors': Uint8Array }> {
  const tensors = await Promise.all(
    Object.entries(storedTensors(model, parameters)).map(async ([name, tensor]) => {
      const values = (await tensor.data()) as Float32Array;
      tensor.dispose();
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      return [name, { dtype: 'F32', shape: tensor.shape, bytes } satisfies StoredTensor] as const;
    }),
  );
  return {
    'config.json': new TextEncoder().encode(`${JSON.stringify(configOf(model), null, 2)}\n`),
    // Without this word Python's transformers refuse the file.
    'model.safetensors': encodeSafetensors(Object.fromEntries(tensors), { format: 'pt' }),
  };
}

/**
 * Writes a model into a folder, in Node, so that Python's transformers and `loadPretrained` load it. Each file appears as a whole. Other
 * files in the folder, such as the tokenizer's, are left alone.
 *
 * @param folder Its path; it is made if it is not there.
 * @example await savePretrained('models/mine', model, learner.parameters())
 */
export async function savePretrained(folder: string, model: Transformer, parameters: NamedTensorMap): Promise<void> {
  const { mkdir, rename, writeFile } = disk();
  const files = await pretrainedFiles(model, parameters);
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) {
    await writeFile(`${folder}/${name}.part`, bytes);
    await rename(`${folder}/${name}.part`, `${folder}/${name}`);
  }
}

/** Values of parameters, or their gradients, by the names and in the shapes that they are stored in. */
export function storedTensors(model: Transformer, values: NamedTensorMap): NamedTensorMap {
  const { prefix, trunk, head } = layoutOf(model);
  const before = model.architecture.options.head.kind === 'sentences' ? '' : prefix;
  return tf.tidy(() =>
    Object.fromEntries([
      ...trunk.map((link) => [before + link.stored, storedTensor(link, values)]),
      ...head.map((link) => [link.stored, storedTensor(link, values)]),
    ]),
  );
}

function storedTensor({ names, transposed }: Link, values: NamedTensorMap): Tensor {
  const parts = names.map((name) => named(values, name));
  const whole = parts.length === 1 ? tf.clone(parts[0]!) : tf.concat(parts, -1);
  return transposed ? tf.transpose(whole) : whole;
}
