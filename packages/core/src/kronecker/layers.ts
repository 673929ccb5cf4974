import type { NamedTensorMap, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import type { KernelUse, Model } from '../model/model.js';
import { named } from '../tree.js';

/** A dense or convolutional layer, whose parameters are one matrix [inputs, units], with the bias as its last row. */
export interface MatrixLayer {
  /** 'dense0' of 'dense0/kernel'. */
  readonly name: string;
  readonly kernel: string;
  readonly bias: string | null;
  /** Names of the sites with what goes in and what comes out. */
  readonly input: string;
  readonly preactivation: string;
  readonly use: KernelUse;
  readonly kernelShape: readonly number[];
  /** Rows of the matrix: what a unit sees, and 1 more for the bias. */
  readonly inputs: number;
  readonly units: number;
}

/**
 * The layers of a model as matrices.
 *
 * @param who Begins the message.
 * @throws CL_REQUIREMENT where a parameter is none of a dense or convolutional layer's own, or the model does not tell so.
 */
export function matrixLayers(model: Model, who: string): readonly MatrixLayer[] {
  const layers: MatrixLayer[] = [];
  for (const { name: preactivation, kind, fedBy = [] } of model.sites) {
    if (kind !== 'preactivation') continue;
    const kernel = fedBy.find((parameter) => model.parameters[parameter]?.use);
    const input = model.sites.find((site) => site.kind === 'input' && kernel !== undefined && site.feeds?.includes(kernel));
    if (kernel === undefined || !input) continue;
    const { shape: kernelShape, use } = model.parameters[kernel]!;
    const bias = fedBy.find((parameter) => parameter !== kernel && model.parameters[parameter]?.shape.length === 1) ?? null;
    const inputs = kernelShape.slice(0, -1).reduce((product, length) => product * length, 1) + (bias === null ? 0 : 1);
    const name = kernel.slice(0, kernel.lastIndexOf('/'));
    layers.push({ name, kernel, bias, input: input.name, preactivation, use: use!, kernelShape, inputs, units: kernelShape.at(-1)! });
  }
  const owners = layers.flatMap(({ kernel, bias }) => [kernel, ...(bias === null ? [] : [bias])]);
  const other = Object.keys(model.parameters).find((name) => owners.filter((owner) => owner === name).length !== 1);
  if (other === undefined) return layers;
  throw new ContinualLearningError(
    'CL_REQUIREMENT',
    `'${who}' takes each layer's parameters as one matrix; '${other}' of '${model.name}' is not the kernel or the bias of one dense or convolutional layer that says so (\`use\`, and sites 'input' and 'preactivation'). Use another model, such as mlp() or cnn() of @cl/models.`,
  );
}

/** What the layers have of named tensors, as matrices [inputs, units] by the layers' names. */
export function toMatrices(layers: readonly MatrixLayer[], tensors: NamedTensorMap): { readonly [layer: string]: Tensor2D } {
  return Object.fromEntries(
    layers.map(({ name, kernel, bias, units }) => {
      const rows: Tensor2D = tf.reshape(named(tensors, kernel), [-1, units]);
      const row = bias === null ? [] : [tf.reshape(named(tensors, bias), [1, units]) as Tensor2D];
      return [name, tf.concat([rows, ...row], 0)];
    }),
  );
}

/** Matrices [inputs, units] by the layers' names, as named tensors of the shapes of the layers' parameters. */
export function fromMatrices(layers: readonly MatrixLayer[], matrices: { readonly [layer: string]: Tensor }): NamedTensorMap {
  return Object.fromEntries(
    layers.flatMap(({ name, kernel, bias, kernelShape, inputs, units }) => {
      const matrix = named(matrices, name) as Tensor2D;
      if (bias === null) return [[kernel, tf.reshape(matrix, [...kernelShape])]];
      const weights = tf.slice(matrix, [0, 0], [inputs - 1, units]);
      return [
        [kernel, tf.reshape(weights, [...kernelShape])],
        [bias, tf.reshape(tf.slice(matrix, [inputs - 1, 0], [1, units]), [units])],
      ];
    }),
  );
}
