import '@tensorflow/tfjs';
import { fc, test } from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../../testing/golden.js';
import { adam, adamW, growSlots, momentum, type Optimizer, sgd } from '../../src/optimizer/index.js';
import { map, zip } from '../../src/tree.js';

beforeAll(() => tf.setBackend('cpu'));

const all: [string, Optimizer][] = [
  ['sgd', sgd({ learningRate: 0.1, weightDecay: 0.01 })],
  ['momentum', momentum({ learningRate: 0.1, weightDecay: 0.01 })],
  ['nesterov', momentum({ learningRate: 0.1, nesterov: true })],
  ['adam', adam({ learningRate: 0.1, weightDecay: 0.01 })],
  ['adamW', adamW({ learningRate: 0.1, weightDecay: 0.5 })],
];
const at = (step: number, rate = 0.1) => ({ step: tf.scalar(step), learningRate: tf.scalar(rate) });
const values = (tensors: tf.NamedTensorMap) =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, [...tensor.dataSync()]]));

describe.each(all)('%s', (_, optimizer) => {
  test.prop([
    fc.array(fc.array(fc.float({ min: -10, max: 10, noNaN: true }), { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 5 }),
  ])('update added to the parameters is apply, to rounding', (steps) => {
    let [a, b]: tf.NamedTensorMap[] = [{ w: tf.tensor1d([1, -2, 0.5]) }, { w: tf.tensor1d([1, -2, 0.5]) }] as const;
    let [slotsA, slotsB] = [optimizer.init(a), optimizer.init(b)];
    steps.forEach((gradient, step) => {
      const updated = optimizer.update({ w: tf.tensor1d(gradient) }, slotsA, at(step + 1), a!);
      a = zip(tf.add, a!, updated.updates);
      slotsA = updated.slots;
      ({ parameters: b, slots: slotsB } = optimizer.apply({ w: tf.tensor1d(gradient) }, slotsB, at(step + 1), b!));
    });
    expectClose(a!.w!.dataSync(), b!.w!.dataSync(), { abs: 5e-6, rel: 1e-6 });
    for (const slot of Object.keys(slotsA)) expect(values(slotsA[slot]!)).toEqual(values(slotsB[slot]!));
  });

  it('keys slots by name: a parameter that appears later, and first, gets nobody else’s slots', () => {
    const one = { w: tf.tensor1d([1]) };
    const both = { v: tf.tensor1d([5]), w: tf.tensor1d([1]) };
    const warm = optimizer.update({ w: tf.tensor1d([0.5]) }, optimizer.init(one), at(1), one).slots;

    const alone = optimizer.update({ w: tf.tensor1d([-1]) }, warm, at(2), one);
    const joined = optimizer.update({ v: tf.tensor1d([9]), w: tf.tensor1d([-1]) }, warm, at(2), both);
    const fresh = optimizer.update({ v: tf.tensor1d([9]) }, {}, at(2), both);

    expect(values(joined.updates).w).toEqual(values(alone.updates).w);
    expect(values(joined.updates).v).toEqual(values(fresh.updates).v);
    for (const slot of Object.keys(alone.slots)) expect(values(joined.slots[slot]!).w).toEqual(values(alone.slots[slot]!).w);
  });

  it('leaves a parameter without a gradient, and its slots, as they are', () => {
    const parameters = { v: tf.tensor1d([5]), w: tf.tensor1d([1]) };
    const warm = optimizer.update(map(tf.onesLike, parameters), optimizer.init(parameters), at(1), parameters).slots;
    const result = optimizer.update({ w: tf.tensor1d([1]) }, warm, at(2), parameters);
    expect(Object.keys(result.updates)).toEqual(['w']);
    for (const slot of Object.keys(warm)) expect(result.slots[slot]!.v).toBe(warm[slot]!.v);
    expect(optimizer.apply({ w: tf.tensor1d([1]) }, warm, at(2), parameters).parameters.v).toBe(parameters.v);
  });

  it('is pure: inputs live on, and the same call gives the same', () => {
    const parameters = { w: tf.tensor1d([1, 2]) };
    const slots = optimizer.init(parameters);
    const gradients = { w: tf.tensor1d([0.3, -0.2]) };
    const [first, second] = [0, 1].map(() => optimizer.apply(gradients, slots, at(1), parameters));
    expect(values(first!.parameters)).toEqual(values(second!.parameters));
    expect(values(parameters)).toEqual({ w: [1, 2] });
    for (const slot of Object.values(slots)) expect(values(slot)).toEqual({ w: [0, 0] });
  });

  it('takes the rate from the step, not from when it was made', () => {
    const parameters = { w: tf.tensor1d([0]) };
    const step = (rate: number) =>
      optimizer.update({ w: tf.tensor1d([1]) }, optimizer.init(parameters), at(1, rate), parameters).updates.w!.dataSync()[0]!;
    expect(step(0.2) / step(0.1)).toBeCloseTo(2, 5);
  });

  it('says what it was made with, in JSON', () => {
    expect(JSON.parse(JSON.stringify(optimizer.options))).toEqual(optimizer.options);
    expect(optimizer.options.learningRate).toBe(0.1);
  });
});

describe('adam', () => {
  it('moves by the learning rate on a constant gradient, however small: why masks belong on updates', () => {
    const optimizer = adam(0.1);
    for (const gradient of [1, 1e-3]) {
      let parameters: tf.NamedTensorMap = { w: tf.tensor1d([0]) };
      let slots = optimizer.init(parameters);
      for (let step = 1; step <= 5; step++)
        ({ parameters, slots } = optimizer.apply({ w: tf.tensor1d([gradient]) }, slots, at(step), parameters));
      expect(parameters.w!.dataSync()[0]).toBeCloseTo(-0.5, 4);
    }
  });

  it('has PyTorch’s defaults', () => {
    expect(adam(1e-3).options).toEqual({ learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 });
    expect(adamW(1e-3).options.weightDecay).toBe(0.01);
  });
});

describe('growSlots', () => {
  const slots = () => ({
    velocity: {
      kernel: tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
      bias: tf.tensor1d([5, 6]),
      trunk: tf.tensor1d([7]),
    },
  });
  const shapes = { kernel: [2, 3], bias: [3], trunk: [1], gain: [2] };

  it('keep: old columns keep their values, new ones and new parameters start at zero', () => {
    const before = slots();
    const grown = growSlots(before, shapes, 'keep').velocity!;
    expect(values(grown)).toEqual({ kernel: [1, 2, 0, 3, 4, 0], bias: [5, 6, 0], trunk: [7], gain: [0, 0] });
    expect(grown.trunk).toBe(before.velocity.trunk);
  });

  it('reset: what grew starts at zero', () => {
    expect(values(growSlots(slots(), shapes, 'reset').velocity!)).toEqual({
      kernel: [0, 0, 0, 0, 0, 0],
      bias: [0, 0, 0],
      trunk: [7],
      gain: [0, 0],
    });
  });

  it('drops what is gone, refuses what shrank', () => {
    expect(Object.keys(growSlots(slots(), { bias: [2] }, 'keep').velocity!)).toEqual(['bias']);
    expect(() => growSlots(slots(), { bias: [1] }, 'keep')).toThrow(
      expect.objectContaining({ code: 'CL_SHAPE', message: expect.stringContaining("'bias' has slots [2], which cannot grow to [1]") }),
    );
  });
});

describe('options', () => {
  it.each([
    [() => adam({ learningRate: 1e-3, beta1: 1.2 }), 'adam({ beta1: 1.2 }): beta1 must be a number in [0, 1), received 1.2.'],
    [() => adam({ learningRate: 1e-3, beta2: -0.1 }), 'beta2 must be a number in [0, 1), received -0.1.'],
    [() => adam({ learningRate: 1e-3, epsilon: 0 }), 'epsilon must be a number greater than 0, received 0.'],
    [() => adam({ learningRate: 1e-3, weightDecay: -1 }), 'weightDecay must be a number of at least 0, received -1.'],
    [() => adamW({ learningRate: 1e-3, beta1: NaN }), 'adamW({ beta1: NaN })'],
    [() => adam(-1), 'adam({ learningRate: -1 }): learningRate must be a number of at least 0, received -1.'],
    [() => sgd(Infinity), 'sgd({ learningRate: Infinity })'],
    [
      () => sgd({ learningRate: '0.1' as unknown as number }),
      "learningRate must be a number of at least 0 or a function from step to rate, received '0.1'.",
    ],
    [() => sgd({ learningRate: 0.1, weightDecay: -1 }), 'sgd({ weightDecay: -1 })'],
    [() => sgd({ learningRate: 0.1, weigthDecay: 1 } as never), "there is no option 'weigthDecay'. Did you mean 'weightDecay'?"],
    [() => sgd('fast' as never), "sgd('fast'): expected a record of options"],
    [() => momentum({ learningRate: 0.1, momentum: 1 }), 'momentum({ momentum: 1 })'],
    [() => momentum({ learningRate: 0.1, nesterov: 1 as never }), 'nesterov must be true or false, received 1.'],
    [() => momentum({ learningRate: 0.1, weightDecay: NaN }), 'momentum({ weightDecay: NaN })'],
    [() => growSlots({}, {}, 'kep' as never), "policy must be one of 'keep', 'reset', received 'kep'. Did you mean 'keep'?"],
  ])('refuses a bad one: case %#', (make, message) => {
    expect(make).toThrow(expect.objectContaining({ code: 'CL_OPTION', message: expect.stringContaining(message) }));
  });
});
