import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import type { Model, ParameterSpec } from '../model/model.js';
import { initialParameters } from '../random/index.js';
import { named } from '../tree.js';

/**
 * What a model starts with: copies of the values that are given, and draws for the rest.
 *
 * @throws CL_MODEL for a value that is no parameter or running statistic of the model, or has another shape.
 */
export function startValues(model: Model, seed: number, given: NamedTensorMap): { parameters: NamedTensorMap; buffers: NamedTensorMap } {
  const specs = { ...model.parameters, ...model.buffers };
  for (const [name, { shape }] of Object.entries(given)) {
    const expected = specs[name]?.shape;
    if (expected && `${shape}` === `${expected}`) continue;
    throw new ContinualLearningError(
      'CL_MODEL',
      expected
        ? `parameters: '${name}' of '${model.name}' has shape [${expected}], received [${shape}].`
        : `parameters: '${model.name}' has no '${name}'. It has: ${Object.keys(specs).join(', ')}.`,
    );
  }
  const valuesOf = (part: Readonly<Record<string, ParameterSpec>>): NamedTensorMap => {
    const missing = Object.fromEntries(Object.entries(part).filter(([name]) => !given[name]));
    const drawn = initialParameters({ parameters: missing }, seed);
    return Object.fromEntries(Object.keys(part).map((name) => [name, given[name] ? tf.clone(given[name]) : named(drawn, name)]));
  };
  return { parameters: valuesOf(model.parameters), buffers: valuesOf(model.buffers ?? {}) };
}
