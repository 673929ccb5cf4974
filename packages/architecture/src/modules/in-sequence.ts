import { ContinualLearningError, type Model } from '@cl/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { checkSome, optionsFor, together } from './members.js';

/**
 * Models one behind the other: each reads the outputs of the one before it, and the last one answers.
 *
 * @throws CL_MODEL where the inputs of a model are not what the one before it gives.
 * @example inSequence([features(trunk), mlp({ inputs: 64, hidden: [32], outputs: 10 })])
 */
export function inSequence(models: readonly Model[]): Model {
  checkSome('inSequence', models);
  for (const [i, { inputs, name }] of models.entries()) {
    const before = models[i - 1];
    if (!before || `${inputs}` === `${before.outputs}`) continue;
    throw new ContinualLearningError(
      'CL_MODEL',
      `inSequence(): '${name}' takes inputs of shape [${Array.isArray(inputs) ? inputs : Object.keys(inputs)}], but '${before.name}' before it gives ${before.outputs} outputs.`,
    );
  }
  const last = models.at(-1)!;
  return {
    ...together('inSequence', models),
    name: models.map(({ name }) => name).join(' → '),
    inputs: models[0]!.inputs,
    outputs: last.outputs,
    apply(parameters, x, options = {}) {
      const buffers = {};
      const outputs = models.reduce((value, model, i) => {
        const result = model.apply(parameters, value, optionsFor(options, i));
        Object.assign(buffers, result.buffers);
        return result.outputs;
      }, x as Tensor);
      return { outputs, buffers };
    },
    ...(last.grow && { grow: (count: number) => inSequence([...models.slice(0, -1), last.grow!(count)]) }),
  };
}
