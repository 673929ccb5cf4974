import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { adam, adamW, momentum, type Optimizer, sgd } from '../../src/optimizer/index.js';
import { zip } from '../../src/tree.js';

beforeAll(() => tf.setBackend('cpu'));

const at = (step: number, rate: number) => ({ step: tf.scalar(step), learningRate: tf.scalar(rate) });
const start = () => ({ 'head/kernel': tf.tensor1d([2]), 'layer0/bias': tf.tensor1d([2]), 'layer0/kernel': tf.tensor1d([2]) });
const gradients = () => ({ 'head/kernel': tf.tensor1d([1]), 'layer0/bias': tf.tensor1d([1]), 'layer0/kernel': tf.tensor1d([1]) });

/** The parameters after one step, in the order head, bias, kernel: by `update` and by `apply`. */
function stepped(optimizer: Optimizer, rate: number): number[][] {
  const updated = optimizer.update(gradients(), optimizer.init(start()), at(1, rate), start());
  const applied = optimizer.apply(gradients(), optimizer.init(start()), at(1, rate), start());
  return [zip(tf.add, start(), updated.updates), applied.parameters].map((values) =>
    Object.values(values).map((tensor) => Math.round(tensor.dataSync()[0]! * 1e5) / 1e5),
  );
}

describe('groups of parameters', () => {
  it('adamW: no decay for biases, ten times the rate for the head', () => {
    const groups = [
      { match: /bias|norm/, weightDecay: 0 },
      { match: /^head/, learningRateFactor: 10 },
    ];
    // By hand: Adam's first step is the rate itself, whatever the gradient. Decay takes rate × 0.5 of the parameter, 2.
    // head: 2 − 0.1 × 0.5 × 2 − 0.1; bias: 2 − 0.01; kernel: 2 − 0.01 × 0.5 × 2 − 0.01.
    const expected = [1.8, 1.99, 1.98];
    expect(stepped(adamW({ learningRate: 0.01, weightDecay: 0.5, groups }), 0.01)).toEqual([expected, expected]);
  });

  it('sgd and momentum: decay is added to the gradient, in the first group that fits', () => {
    const groups = [
      { match: /kernel/g, weightDecay: 1 },
      { match: /head/, weightDecay: 100 },
      { match: /bias/, learningRateFactor: 0 },
    ];
    // Both kernels: 2 − 0.1 × (1 + 1 × 2). The bias has rate 0.
    const expected = [1.7, 2, 1.7];
    for (const make of [sgd, momentum]) expect(stepped(make({ learningRate: 0.1, groups }), 0.1)).toEqual([expected, expected]);
  });

  it('say what they are, in JSON', () => {
    const { options } = adam({ learningRate: 0.1, groups: [{ match: /norm/, weightDecay: 0 }] });
    expect(JSON.parse(JSON.stringify(options)).groups).toEqual([{ match: '/norm/', weightDecay: 0 }]);
    expect(adam(0.1).options).not.toHaveProperty('groups');
  });

  it.each([
    [{ match: 'bias' }, "groups[0].match must be a regular expression, received 'bias'"],
    [{ match: /a/, weightDecay: -1 }, 'groups[0].weightDecay must be a number of at least 0'],
    [{ match: /a/, learningRateFactor: Number.NaN }, 'groups[0].learningRateFactor must be a number'],
    [{ match: /a/, rate: 1 }, "there is no option 'rate'"],
  ])('refuse %o', (group, message) => {
    const expected = expect.objectContaining({ code: 'CL_OPTION', message: expect.stringContaining(message) });
    expect(() => adamW({ learningRate: 1, groups: [group as never] })).toThrow(expected);
  });
});
