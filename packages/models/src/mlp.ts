import { checkInteger, checkKnown, checkList, checkNumber, checkOneOf, dropout, foldSeed, type Model } from '@cl/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { denseLayer, INITIALIZERS, type Initializer } from './dense-layer.js';

export interface MlpOptions {
  /** Size of an input row. */
  readonly inputs: number;
  /** Units of each hidden layer. Default [400, 400]. */
  readonly hidden?: readonly number[];
  /** Size of the output layer; over all tasks, since multi-head is a mask on it. */
  readonly outputs: number;
  /** Share of the hidden units that are dropped in training, [0, 1). Default 0. */
  readonly dropout?: number;
  /** How kernels begin. Default 'pytorchUniform', uniform in ±1/√inputs for kernels and biases, as PyTorch's `nn.Linear`. */
  readonly initializer?: Initializer;
}

/**
 * A multi-layer perceptron: dense layers with ReLU, and a linear head. Input [batch, inputs], output [batch, outputs].
 * Parameters: 'dense0/kernel' [inputs, units], 'dense0/bias' [units], …, 'head/kernel', 'head/bias'.
 *
 * @example mlp({ inputs: 784, hidden: [400, 400], outputs: 10 })
 */
export function mlp(options: MlpOptions): Model {
  checkKnown('mlp', options, ['inputs', 'hidden', 'outputs', 'dropout', 'initializer']);
  const { inputs, hidden = [400, 400], outputs, dropout: rate = 0, initializer = 'pytorchUniform' } = options;
  checkInteger('mlp', 'inputs', inputs, { min: 1 });
  checkInteger('mlp', 'outputs', outputs, { min: 1 });
  checkList('mlp', 'hidden', hidden, (units, name) => checkInteger('mlp', name, units, { min: 1 }));
  checkNumber('mlp', 'dropout', rate, { min: 0, below: 1 });
  checkOneOf('mlp', 'initializer', initializer, INITIALIZERS);

  const layers = [...hidden, outputs].map((units, i, all) => {
    const name = i === hidden.length ? 'head' : `dense${i}`;
    return denseLayer({ name, inputs: i === 0 ? inputs : all[i - 1]!, units, role: i === hidden.length ? 'head' : 'trunk', initializer });
  });

  return {
    name: `mlp-${[inputs, ...hidden, outputs].join('-')}`,
    inputs: [inputs],
    outputs,
    parameters: Object.assign({}, ...layers.map((layer) => layer.parameters)),
    sites: layers.flatMap((layer) => layer.sites),
    apply(parameters, x, options = {}) {
      const outputs = layers.reduce((value, layer, i) => {
        const active = layer.apply(parameters, value, options);
        return rate > 0 && options.training && options.seed && i < hidden.length
          ? dropout(active, rate, foldSeed(options.seed, i))
          : active;
      }, x as Tensor);
      return { outputs };
    },
    grow: (count) => mlp({ ...options, outputs: outputs + count }),
  };
}
