import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../data.js';
import type { Model, ParameterSpec } from '../model/model.js';
import { random as randomOf } from './generator.js';
import type { Random } from './random.js';

/**
 * Start values of one parameter, row-major.
 *
 * - `glorotUniform`: uniform in ±√(6 / (fanIn + fanOut)) (Glorot & Bengio, 2010).
 * - `heUniform`: uniform in ±√(6 / fanIn) (He et al., 2015, for ReLU; PyTorch's `kaiming_uniform_(nonlinearity='relu')`).
 * - `pytorchUniform`: uniform in ±1 / √fanIn, what PyTorch's `nn.Linear` and `nn.Conv2d` do with kernels and biases.
 * - `normal`: mean 0 and the given deviation.
 *
 * @example draw({ shape: [784, 10], initializer: { name: 'heUniform', fanIn: 784, fanOut: 10 }, role: 'head' }, random(1, 'head'))
 */
export function draw({ shape, initializer }: ParameterSpec, random: Random): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  if (initializer === 'zeros') return values;
  if (initializer === 'ones') return values.fill(1);
  if (initializer.name === 'normal') {
    for (let i = 0; i < values.length; i++) values[i] = initializer.deviation * random.normal();
    return values;
  }
  const bound = boundOf(initializer);
  for (let i = 0; i < values.length; i++) values[i] = bound * (2 * random.uniform() - 1);
  return values;
}

function boundOf({
  name,
  fanIn,
  fanOut,
}: {
  readonly name: 'glorotUniform' | 'heUniform' | 'pytorchUniform';
  readonly fanIn: number;
  readonly fanOut: number;
}): number {
  switch (name) {
    case 'glorotUniform':
      return Math.sqrt(6 / (fanIn + fanOut));
    case 'heUniform':
      return Math.sqrt(6 / fanIn);
    case 'pytorchUniform':
      return 1 / Math.sqrt(fanIn);
  }
}

/**
 * Start values of all parameters of a model. Those of a parameter depend on the seed and its name alone, so a model with one
 * parameter more starts with the same others.
 *
 * @example const parameters = initialParameters(mlp({ inputs: 784, hidden: [100], outputs: 10 }), 1)
 */
export function initialParameters(model: Pick<Model, 'parameters'>, seed: number): NamedTensorMap {
  const entries = Object.entries(model.parameters);
  return Object.fromEntries(
    entries.map(([name, spec]) => [name, tf.tensor(draw(spec, randomOf(seed, 'parameter', name)), [...spec.shape])]),
  );
}
