import type { GradConfig, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { hasWithGradient, run, runMany } from './kernel.js';
import { oneHot } from './one-hot.js';

/** −log of the probability of each row's label: [rows], from logits [rows, classes] and int32 labels [rows]. */
export function sparseCrossEntropy(logits: Tensor2D, labels: Tensor1D): Tensor1D {
  if (hasWithGradient('cl/SparseCrossEntropy', sparseGradient)) {
    return runMany('cl/SparseCrossEntropy', { logits, labels })[0] as Tensor1D;
  }
  return crossEntropy(logits, oneHot<Tensor2D>(labels, logits.shape[1]));
}

/**
 * −Σ targets · log softmax(logits), row by row: [rows]. Each row of targets sums to 1; the gradient takes them as constants and is
 * softmax − targets, as in TensorFlow.
 */
export function crossEntropy(logits: Tensor2D, targets: Tensor2D): Tensor1D {
  if (hasWithGradient('cl/CrossEntropy', denseGradient)) return runMany('cl/CrossEntropy', { logits, targets })[0] as Tensor1D;
  return plainCrossEntropy(logits, targets);
}

const plainCrossEntropy = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
  const [logits, targets, save] = args as unknown as [Tensor2D, Tensor2D, tf.GradSaveFunc];
  save([logits, targets]);
  return {
    value: tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), -1)),
    gradFunc: (dy: tf.Tensor, [l, t]: tf.Tensor[]) => [tf.mul(tf.expandDims(dy, -1), tf.sub(tf.softmax(l!), t!)), tf.zerosLike(t!)],
  };
}) as unknown as (logits: Tensor2D, targets: Tensor2D) => Tensor1D;

/** TensorFlow computes loss and gradient by the logits together: the second output is softmax − targets. */
const sparseGradient: Omit<GradConfig, 'kernelName'> = {
  inputsToSave: ['logits'],
  outputsToSave: [false, true],
  gradFunc: (dys, [logits, slope]) => ({
    logits: () => scaledSlope((dys as tf.Tensor[])[0]!, slope!, logits!),
  }),
};

const denseGradient: Omit<GradConfig, 'kernelName'> = {
  inputsToSave: ['logits', 'targets'],
  outputsToSave: [false, true],
  gradFunc: (dys, [logits, targets, slope]) => ({
    logits: () => scaledSlope((dys as tf.Tensor[])[0]!, slope!, logits!),
    targets: () => tf.zerosLike(targets!),
  }),
};

/** dy · slope, row by row; differentiable once more, by `dy` and by the logits that `slope` came from. */
function scaledSlope(dy: tf.Tensor, slope: tf.Tensor, logits: tf.Tensor): tf.Tensor {
  hasWithGradient('cl/CrossEntropyGrad', {
    inputsToSave: ['dy', 'slope', 'logits'],
    gradFunc: (g, saved) => {
      const [dy, slope, logits] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      return {
        dy: () => tf.sum(tf.mul(g as tf.Tensor, slope), -1),
        slope: () => tf.zerosLike(slope),
        logits: () => {
          const p = tf.softmax(logits);
          const scaled = tf.mul(p, g as tf.Tensor);
          return tf.mul(tf.expandDims(dy, -1), tf.sub(scaled, tf.mul(p, tf.sum(scaled, -1, true))));
        },
      };
    },
  });
  return run('cl/CrossEntropyGrad', { dy, slope, logits });
}
