import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../../testing/golden.js';
import { adam, adamW, momentum, type Optimizer, sgd } from '../../src/optimizer/index.js';
import { zip } from '../../src/tree.js';

interface Given {
  readonly optimizer: string;
  readonly hyperparameters: Record<string, never> & {
    lr: number;
    betas: [number, number];
    eps: number;
    weight_decay?: number;
    momentum: number;
    nesterov?: boolean;
  };
  readonly initialWeights: number[];
  readonly gradients: number[][];
}

const FACTORIES: Record<string, (h: Given['hyperparameters']) => Optimizer> = {
  sgd: (h) => sgd({ learningRate: h.lr, weightDecay: h.weight_decay ?? 0 }),
  momentum: (h) => momentum({ learningRate: h.lr, momentum: h.momentum, nesterov: h.nesterov ?? false, weightDecay: h.weight_decay ?? 0 }),
  adam: (h) => adam({ learningRate: h.lr, beta1: h.betas[0], beta2: h.betas[1], epsilon: h.eps, weightDecay: h.weight_decay ?? 0 }),
  adamw: (h) => adamW({ learningRate: h.lr, beta1: h.betas[0], beta2: h.betas[1], epsilon: h.eps, weightDecay: h.weight_decay ?? 0 }),
};

beforeAll(() => tf.setBackend('cpu'));

const files = goldenFiles<Given, { torch: number[][] }>('optimizers', new URL('../../golden/', import.meta.url)).filter(
  ({ given }) => given.optimizer in FACTORIES,
);

describe.each(files)('as torch.optim: $file', ({ given, expected, tolerance }) => {
  const optimizer = FACTORIES[given.optimizer]!(given.hyperparameters);

  it.each(['update', 'apply'] as const)('%s', (path) => {
    let parameters: tf.NamedTensorMap = { w: tf.tensor(given.initialWeights) };
    let slots = optimizer.init(parameters);
    given.gradients.forEach((values, step) => {
      const at = { step: tf.scalar(step + 1), learningRate: tf.scalar(optimizer.learningRate as number) };
      const gradients = { w: tf.tensor(values) };
      if (path === 'apply') ({ parameters, slots } = optimizer.apply(gradients, slots, at, parameters));
      else {
        const result = optimizer.update(gradients, slots, at, parameters);
        slots = result.slots;
        parameters = zip(tf.add, parameters, result.updates);
      }
      expectClose(parameters.w!.dataSync(), expected.torch[step], tolerance, `step ${step}`);
    });
  });
});
