import { ContinualLearningError } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { stringAttribute, typeAttribute } from '../backend.js';
import type { Kernel } from './register.js';

const T = typeAttribute('T', 'float32');

export const losses = {
  // Loss and gradient by the logits come from one op.
  'cl/SparseCrossEntropy': ({ logits, labels }, _, backend) =>
    backend.executeMultipleOutputs('SparseSoftmaxCrossEntropyWithLogits', [T, typeAttribute('Tlabels', 'int32')], [logits!, labels!], 2),
  'cl/CrossEntropy': ({ logits, targets }, _, backend) =>
    backend.executeMultipleOutputs('SoftmaxCrossEntropyWithLogits', [T], [logits!, targets!], 2),
  'cl/CrossEntropyGrad': ({ dy, slope }) => tf.tidy(() => tf.mul(tf.expandDims(dy!, -1), slope!)),

  'cl/CheckFinite': ({ x }, { name }, backend) => {
    try {
      return backend.executeSingleOutput('CheckNumerics', [T, stringAttribute('message', name as string)], [x!]);
    } catch (cause) {
      throw finiteError(cause) ?? cause;
    }
  },
} satisfies { readonly [name: `cl/${string}`]: Kernel };

/** TensorFlow's complaint of a failed CheckNumerics, eager or inside of a graph, as an error of ours; null for any other. */
export function finiteError(cause: unknown): ContinualLearningError | null {
  const found = cause instanceof Error ? /(?:with error|Message): ([^\n]*) : Tensor had (.*) values/.exec(cause.message) : null;
  return found ? new ContinualLearningError('CL_NOT_FINITE', `${found[1]} is not a finite number: ${found[2]}.`, { cause }) : null;
}
