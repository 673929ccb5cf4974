import type { Model } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { inSequence } from './in-sequence.js';
import { checkSome, runAll, together } from './members.js';

/**
 * Models side by side on the same inputs, with their outputs one after another: z = [h₁; …; h_K]. Usually of `features`, with further layers
 * on top.
 *
 * @param top Reads all of it, and answers.
 * @example concatenated([features(left), features(right)], mlp({ inputs: 128, hidden: [64], outputs: 10 }))
 */
export function concatenated(models: readonly Model[], top?: Model): Model {
  checkSome('concatenated', models);
  const side: Model = {
    ...together('concatenated', models),
    name: models.map(({ name }) => name).join(' | '),
    inputs: models[0]!.inputs,
    outputs: models.reduce((sum, { outputs }) => sum + outputs, 0),
    apply(...call) {
      const { outputs, buffers } = runAll(models, call);
      return { outputs: outputs.length === 1 ? outputs[0]! : tf.concat([...outputs], -1), buffers };
    },
  };
  return top ? inSequence([side, top]) : side;
}
