import { ContinualLearningError, type Model } from '@cl/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkSome, runAll, together } from './members.js';
import { columnChosen, withoutGradient } from './without-gradient.js';

/**
 * Models of which, for each row, the one answers whose gate says the smallest number; of equal ones the first. Gates are models with one
 * output, such as the error of an autoencoder. The choice has no gradient, so gates are trained on something else.
 *
 * @throws CL_MODEL where there is not one gate of one output for each model, or models differ in their outputs.
 * @example gated([first, second], [autoencoder({ inputs: [64] }), prefixed('other', autoencoder({ inputs: [64] }))])
 */
export function gated(models: readonly Model[], gates: readonly Model[]): Model {
  checkSome('gated', models);
  const { inputs, outputs } = models[0]!;
  const fits =
    gates.length === models.length && gates.every((gate) => gate.outputs === 1) && models.every((model) => model.outputs === outputs);
  if (!fits) {
    const sizes = (all: readonly Model[]) => `[${all.map((each) => each.outputs).join(', ')}]`;
    throw new ContinualLearningError(
      'CL_MODEL',
      `gated(): models have ${sizes(models)} outputs, gates ${sizes(gates)}. Give models of as many outputs, and one gate of one output for each.`,
    );
  }
  return {
    ...together('gated', [...models, ...gates]),
    name: `${models.map(({ name }) => name).join(', ')} by gates`,
    inputs,
    outputs,
    apply(...call) {
      const answers = runAll(models, call);
      const errors = tf.concat([...runAll(gates, call).outputs], -1);
      const chosen = withoutGradient((all) => columnChosen(tf.argMin(all, -1), models.length), errors);
      const terms = answers.outputs.map((logits, k) => tf.mul(logits, tf.slice(chosen, [0, k], [-1, 1])));
      return { outputs: terms.reduce((sum: Tensor, term) => tf.add(sum, term)), buffers: answers.buffers };
    },
  };
}
