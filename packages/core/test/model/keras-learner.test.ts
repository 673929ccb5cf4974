import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  classification,
  compose,
  decodeSafetensors,
  defineStrategy,
  dot,
  fromLayers,
  Learner,
  map,
  memoryStore,
  momentum,
  reservoir,
  zip,
} from '../../src/index.js';
import { tinyStream } from '../../src/testing/index.js';
import { HOW, onCpu } from '../learner/support.js';
import { dense, normed, withNet } from './networks.js';

onCpu();

describe('a learner of a Keras-style network', () => {
  /** EWC with the batch's own gradients, and replay: enough of each to use what they use. */
  const ewc = () =>
    defineStrategy({
      name: 'ewc',
      init: () => ({ penalty: null as { importance: tf.NamedTensorMap; anchor: tf.NamedTensorMap } | null }),
      loss: (ctx, _forward, { penalty }) =>
        penalty && (dot(penalty.importance, map(tf.square, zip(tf.sub, ctx.parameters, penalty.anchor))) as tf.Scalar),
      scan: {
        start: (ctx) => map(tf.zerosLike, ctx.parameters),
        add: (ctx, sum, batch) =>
          zip(
            tf.add,
            sum,
            ctx.perExample('squares', batch, (outputs, b) => classification().terms(outputs, b).losses as tf.Tensor1D),
          ),
      },
      afterTask: (ctx, _state, importance) => ({ penalty: { importance, anchor: ctx.parameters } }),
    });
  const replay = () =>
    defineStrategy({
      name: 'replay',
      init: () => ({ memory: reservoir({ capacity: 6 }) }),
      feed: (ctx, { memory }) => {
        const rows = memory.draw(ctx.random, 8);
        return rows && ctx.batch(rows, 8);
      },
      loss: (ctx, _forward, _state, fed) => fed && ctx.loss(ctx.forward(fed.x), fed),
      observe: (ctx, { rows }, { memory }) => memory.add(rows, ctx.random),
    });

  it.each([
    ['dense layers', dense],
    ['batch normalisation and dropout', normed],
  ] as const)('trains with strategies, and goes on after a stop bit for bit: %s', (_what, layers) =>
    withNet(layers as () => tf.layers.Layer[], async (net) => {
      const { model, parameters } = fromLayers(net);
      const { tasks } = tinyStream({ scenario: 'class' });
      const options = () =>
        ({ model, parameters, optimizer: momentum(0.05), scenario: 'class', strategy: compose(ewc(), replay()) }) as const;
      const store = memoryStore();
      const straight = new Learner(options());
      for (const task of tasks) await straight.learn(task, { ...HOW, onStep: ({ step }) => straight.save(store, `step${step}`) });
      const hash = await straight.parameterHash();
      const evaluation = await straight.evaluate(tasks[1]!);
      straight.dispose();
      for (const name of ['step2', 'step6', 'step9']) {
        const resumed = await Learner.restore(store, options(), name);
        for (const task of resumed.remaining(tasks)) await resumed.learn(task, HOW);
        expect(await resumed.parameterHash(), name).toBe(hash);
        expect(await resumed.evaluate(tasks[1]!)).toEqual(evaluation);
        resumed.dispose();
      }
      tf.dispose(parameters);
    }),
  );

  it('shows batch normalisation no padding: the last batch of an epoch has its own statistics', () =>
    withNet(normed, async (net) => {
      const { model, parameters } = fromLayers(net);
      const sizes: number[] = [];
      const watched = {
        ...model,
        apply: ((p, x, o) => {
          if (o?.training) sizes.push((x as tf.Tensor).shape[0]!);
          return model.apply(p, x, o);
        }) as typeof model.apply,
      };
      const learner = new Learner({ model: watched, parameters, optimizer: momentum(0.05), scenario: 'class' });
      await learner.learn(tinyStream({ scenario: 'class' }).tasks[0]!, { epochs: 1, batchSize: 8 });
      expect(sizes).toEqual([8, 8, 4]);
      learner.dispose();
      tf.dispose(parameters);
    }));

  it('keeps the weights of frozen layers while running statistics move', () =>
    withNet(
      () => [
        tf.layers.dense({ inputShape: [4], units: 6, trainable: false }),
        tf.layers.batchNormalization(),
        tf.layers.dense({ units: 4 }),
      ],
      async (net) => {
        const { model, parameters } = fromLayers(net);
        const learner = new Learner({ model, parameters, optimizer: momentum(0.05), scenario: 'class' });
        const store = memoryStore();
        for (const task of tinyStream({ scenario: 'class' }).tasks) await learner.learn(task, HOW);
        await learner.save(store);
        const { files } = await store.read();
        const { tensors } = decodeSafetensors(files['tensors.safetensors']!, 'saved');
        const valuesOf = (name: string) => [...new Float32Array(tensors[`buffers/${name}`]!.bytes.slice().buffer)];
        expect(valuesOf('dense0/kernel')).toEqual([...parameters['dense0/kernel']!.dataSync()]);
        expect(valuesOf('batchnormalization0/moving_mean')).not.toEqual([...parameters['batchnormalization0/moving_mean']!.dataSync()]);
        learner.dispose();
        tf.dispose(parameters);
      },
    ));
});
