import { checkInteger, checkKnown, checkList, dense, type Model, named, relu } from '@cl/core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface AutoencoderOptions {
  /** Shape of an input row; it is flattened. */
  readonly inputs: readonly number[];
  /** Units between, fewer than inputs. Default 100. */
  readonly hidden?: number;
}

/**
 * How badly a row is rebuilt through few units: ‖x − (W₂ relu(W₁ x + b₁) + b₂)‖² / inputs, one output a row. Trained to make that small on
 * one task's inputs, it is small for rows that resemble them.
 *
 * @example autoencoder({ inputs: [28, 28, 1], hidden: 100 })
 */
export function autoencoder(options: AutoencoderOptions): Model {
  checkKnown('autoencoder', options, ['inputs', 'hidden']);
  const { inputs, hidden = 100 } = options;
  checkList('autoencoder', 'inputs', inputs, (length, name) => checkInteger('autoencoder', name, length, { min: 1 }));
  checkInteger('autoencoder', 'hidden', hidden, { min: 1 });
  const size = inputs.reduce((product, length) => product * length, 1);
  const layer = (name: string, from: number, to: number) => {
    const initializer = { name: 'pytorchUniform', fanIn: from, fanOut: to } as const;
    return {
      [`${name}/kernel`]: { shape: [from, to], role: 'trunk', use: { op: 'dense' }, initializer },
      [`${name}/bias`]: { shape: [to], role: 'trunk', initializer },
    } as const;
  };
  return {
    name: `autoencoder-${size}-${hidden}`,
    inputs,
    outputs: 1,
    parameters: { ...layer('encoder', size, hidden), ...layer('decoder', hidden, size) },
    sites: [],
    apply(parameters, x) {
      const rows = tf.reshape(x as Tensor, [-1, size]);
      const through = (value: Tensor, name: string) =>
        dense(value, named(parameters, `${name}/kernel`) as Tensor2D, named(parameters, `${name}/bias`) as Tensor1D);
      const rebuilt = through(relu(through(rows, 'encoder')), 'decoder');
      return { outputs: tf.mean(tf.squaredDifference(rows, rebuilt), 1, true) };
    },
  };
}
