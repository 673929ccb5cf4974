import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { fromLayers, Learner, map, momentum, named, valueAndGradients } from '../../src/index.js';
import { tinyStream } from '../../src/testing/index.js';
import { HOW, numbers, onCpu, refused } from '../learner/support.js';
import { dense, images, normed, withNet } from './networks.js';

onCpu();

const random = (shape: number[]) => tf.randomNormal(shape, 0, 1, 'float32', 7);

describe('fromLayers', () => {
  it.each([
    ['dense layers', dense, [4]],
    ['convolutions', images, [6, 6, 1]],
    ['batch normalisation and dropout', normed, [4]],
  ] as const)('computes what the network does: %s', (_what, layers, shape) =>
    withNet(layers as () => tf.layers.Layer[], (net) => {
      const { model, parameters } = fromLayers(net);
      tf.tidy(() => {
        const x = random([5, ...shape]);
        expect(numbers(model.apply(parameters, x).outputs)).toEqual(numbers(net.predict(x) as tf.Tensor));
        return [];
      });
      expect(model).toMatchObject({ inputs: [...shape], outputs: 4, sites: [] });
      tf.dispose(parameters);
    }),
  );

  it('names parameters by kind and position, whatever was made before', () =>
    withNet(normed, (net) => {
      const { model, parameters } = fromLayers(net);
      expect(Object.keys(model.parameters)).toEqual([
        'dense0/kernel',
        'dense0/bias',
        'batchnormalization0/gamma',
        'batchnormalization0/beta',
        'dense1/kernel',
        'dense1/bias',
      ]);
      expect(Object.keys(model.buffers!)).toEqual(['batchnormalization0/moving_mean', 'batchnormalization0/moving_variance']);
      expect(Object.keys(model.parameters).filter((name) => model.parameters[name]!.role === 'head')).toEqual([
        'dense1/kernel',
        'dense1/bias',
      ]);
      expect(Object.keys(parameters).sort()).toEqual([...Object.keys(model.parameters), ...Object.keys(model.buffers!)].sort());
      tf.dispose(parameters);
    }));

  it('has the gradients of the network', () =>
    withNet(images, (net) => {
      const { model, parameters } = fromLayers(net);
      tf.tidy(() => {
        const x = random([3, 6, 6, 1]);
        const { gradients } = valueAndGradients(
          (p) => ({ loss: tf.mean(tf.square(model.apply(p, x).outputs)) as tf.Scalar, aux: null }),
          parameters,
        );
        const { grads } = tf.variableGrads(() => tf.mean(tf.square(net.apply(x) as tf.Tensor)) as tf.Scalar);
        const own = Object.values(grads).map(numbers);
        expect(Object.values(gradients).map(numbers)).toEqual(own);
        expect(own.flat().some((value) => value !== 0)).toBe(true);
        return [];
      });
      tf.dispose(parameters);
    }));

  it('does not write the weights of the network, and does not disturb it', () =>
    withNet(normed, (net) => {
      const { model, parameters } = fromLayers(net);
      const before = net.getWeights().map(numbers);
      tf.tidy(() => {
        const x = random([8, 4]);
        const own = numbers(net.predict(x) as tf.Tensor);
        const doubled = map((tensor) => tf.mul(tensor, 2), parameters);
        const seed = tf.tensor1d([1, 2], 'int32');
        expect(numbers(model.apply(doubled, x, { training: true, seed }).outputs)).not.toEqual(own);
        expect(() => model.apply({}, x)).toThrow(/No tensor 'dense0\/kernel'/);
        expect(numbers(net.predict(x) as tf.Tensor)).toEqual(own);
        return [];
      });
      expect(net.getWeights().map(numbers)).toEqual(before);
      tf.dispose(parameters);
    }));

  it('moves running statistics as the network would, in training only', () =>
    withNet(normed, (net) => {
      const { model, parameters } = fromLayers(net);
      tf.tidy(() => {
        const x = random([8, 4]);
        expect(model.apply(parameters, x).buffers).toBeUndefined();
        const { buffers } = model.apply(parameters, x, { training: true });
        net.apply(x, { training: true });
        const weights = net.getWeights();
        // The last two are the moving mean and variance.
        expect(numbers(named(buffers!, 'batchnormalization0/moving_mean'))).toEqual(numbers(weights.at(-2)!));
        expect(numbers(named(buffers!, 'batchnormalization0/moving_variance'))).toEqual(numbers(weights.at(-1)!));
        return [];
      });
      tf.dispose(parameters);
    }));

  it('drops units by the seed, and none without one', () =>
    withNet(
      () => [tf.layers.dropout({ rate: 0.5, inputShape: [200] }), tf.layers.dense({ units: 1 })],
      (net) => {
        const { model, parameters } = fromLayers(net);
        tf.tidy(() => {
          const x = tf.ones([1, 200]);
          const at = (seed?: [number, number]) =>
            numbers(model.apply(parameters, x, { training: true, ...(seed && { seed: tf.tensor1d(seed, 'int32') }) }).outputs)[0];
          expect(at([1, 1])).toBe(at([1, 1]));
          expect(at([1, 1])).not.toBe(at([1, 2]));
          expect(at()).toBe(numbers(net.predict(x) as tf.Tensor)[0]);
          return [];
        });
        tf.dispose(parameters);
      },
    ));

  it('trains a frozen layer no further, and starts from what it has', () =>
    withNet(
      () => [tf.layers.dense({ inputShape: [4], units: 6, trainable: false }), tf.layers.dense({ units: 4 })],
      async (net) => {
        const { model, parameters } = fromLayers(net);
        expect(Object.keys(model.parameters)).toEqual(['dense1/kernel', 'dense1/bias']);
        const learner = new Learner({ model, parameters, optimizer: momentum(0.1), scenario: 'class' });
        await learner.learn(tinyStream({ scenario: 'class' }).tasks[0]!, HOW);
        tf.tidy(() => {
          const x = random([2, 4]);
          const frozen = tf.matMul(x as tf.Tensor2D, net.getWeights()[2] as tf.Tensor2D);
          const trained = learner.parameters();
          const expected = tf.add(
            tf.matMul(tf.add(frozen, net.getWeights()[3]!), trained['dense1/kernel'] as tf.Tensor2D),
            trained['dense1/bias']!,
          );
          const scores = learner.predict(x).arraySync() as number[][];
          (expected.arraySync() as number[][]).forEach((row, i) => {
            expect(scores[i]![0]).toBeCloseTo(row[0]!, 5);
            expect(scores[i]![1]).toBeCloseTo(row[1]!, 5);
          });
          return [];
        });
        learner.dispose();
        tf.dispose(parameters);
      },
    ));

  it('numbers weights of one name in one layer', () =>
    withNet(
      () => [
        tf.sequential({
          layers: [tf.layers.dense({ inputShape: [4], units: 3 }), tf.layers.dense({ units: 4 })],
        }) as unknown as tf.layers.Layer,
        tf.layers.dense({ units: 2 }),
      ],
      (net) => {
        const { model, parameters } = fromLayers(net);
        expect(Object.keys(model.parameters)).toEqual([
          'sequential0/kernel',
          'sequential0/bias',
          'sequential0/kernel1',
          'sequential0/bias1',
          'dense0/kernel',
          'dense0/bias',
        ]);
        tf.tidy(() => {
          const x = random([2, 4]);
          expect(numbers(model.apply(parameters, x).outputs)).toEqual(numbers(net.predict(x) as tf.Tensor));
          return [];
        });
        tf.dispose(parameters);
      },
    ));

  it.each([
    ['a softmax layer', () => [...dense(), tf.layers.softmax()], /ends in a softmax; strategies need logits/],
    ['a softmax activation', () => [tf.layers.dense({ inputShape: [4], units: 4, activation: 'softmax' })], /ends in a softmax/],
    ['noise', () => [tf.layers.gaussianNoise({ inputShape: [4], stddev: 1 }), tf.layers.dense({ units: 4 })], /draws noise of its own/],
    ['dropout of a recurrent layer', () => [tf.layers.simpleRNN({ inputShape: [3, 4], units: 4, dropout: 0.5 })], /draws noise of its own/],
    ['a state between calls', () => [tf.layers.simpleRNN({ batchInputShape: [1, 3, 4], units: 4, stateful: true })], /keeps a state/],
  ] as const)('refuses %s', (_what, layers, message) =>
    withNet(layers as () => tf.layers.Layer[], async (net) => {
      expect(await refused(() => fromLayers(net))).toMatch(message);
      expect(await refused(() => fromLayers(net))).toMatch(/^CL_MODEL fromLayers\(\): 'sequential/);
    }),
  );

  it('refuses several inputs', async () => {
    const [a, b] = [tf.input({ shape: [2] }), tf.input({ shape: [2] })];
    const net = tf.model({ inputs: [a, b], outputs: tf.layers.add().apply([a, b]) as tf.SymbolicTensor });
    expect(await refused(() => fromLayers(net))).toMatch(/has 2 inputs and 1 outputs; one of each can be used/);
  });
});
