import type { Model } from '@cl/core';
import { initialParameters } from '@cl/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { type Nested, plain, tidied } from '../../../testing/watched.js';
import { cnn, mlp } from '../../models/src/index.js';
import { answering, concatenated, features, inSequence, prefixed, skipping, still, voting } from '../src/index.js';
import { expectNear, fixed, gradientsOf, left, net, outputsOf, right, softmax, winners } from './joined.js';

beforeAll(useCpu);

const rows = () => tf.randomNormal([8, 4], 0, 1, 'float32', 1);

describe('features', () => {
  it('are what the classifier reads, without its parameters', () => {
    const below = features(left);
    expect(below.outputs).toBe(5);
    expect(Object.keys(below.parameters).some((name) => name.includes('head'))).toBe(false);
    let read: Nested = 0;
    outputsOf(left, undefined, {
      at: (site, value) => {
        if (site.name === 'left/head/input') read = plain(value) as Nested;
        return value;
      },
    });
    expect(outputsOf(below)).toEqual(read);
  });

  it('of a convolutional network are a row for each image', () => {
    expect(features(cnn({ inputs: [6, 6, 1], filters: [2], hidden: 7, outputs: 3 })).outputs).toBe(7);
  });

  it('are refused where a model does not say where they are', () => {
    expect(() => features({ ...left, sites: [] })).toThrow(/CL_REQUIREMENT|no site of kind 'features'/);
  });
});

describe('concatenated', () => {
  it('models give their outputs one after another: z = [h₁; h₂]', () => {
    const [a, b] = [outputsOf(left), outputsOf(right)] as [number[][], number[][]];
    expect(outputsOf(concatenated([left, right]))).toEqual(a.map((row, i) => [...row, ...b[i]!]));
  });

  it('features are read by a top, which with W = [W₁; W₂] adds up what its halves say', () => {
    const top = mlp({ inputs: 10, hidden: [], outputs: 2 });
    const model = concatenated([features(left), features(right)], top);
    const halves = tidied(() => {
      const own = initialParameters(model, 1);
      const [a, b] = [left, right].map((side) => features(side).apply(own, rows()).outputs);
      const w = own['head/kernel']!;
      const sum = tf.add(
        tf.matMul(a as tf.Tensor2D, tf.slice(w, [0, 0], [5, 2]) as tf.Tensor2D),
        tf.matMul(b as tf.Tensor2D, tf.slice(w, [5, 0], [5, 2]) as tf.Tensor2D),
      );
      return plain(tf.add(sum, own['head/bias']!)) as number[][];
    });
    expectNear(outputsOf(model) as number[][], halves);
    expect(Object.values(gradientsOf(model)).every((norm) => norm > 0)).toBe(true);
  });

  it('grow at the top', () => {
    const model = concatenated([features(left)], mlp({ inputs: 5, hidden: [], outputs: 2 }));
    expect(model.grow!(3).outputs).toBe(5);
  });
});

describe('in sequence', () => {
  it('each model reads what the one before it gives', () => {
    const model = inSequence([features(left), prefixed('next', mlp({ inputs: 5, hidden: [4], outputs: 2 }))]);
    expect(model.outputs).toBe(2);
    const byHand = tidied(() => {
      const own = initialParameters(model, 1);
      const h = features(left).apply(own, rows()).outputs;
      return plain(prefixed('next', mlp({ inputs: 5, hidden: [4], outputs: 2 })).apply(own, h).outputs);
    });
    expect(outputsOf(model)).toEqual(byHand);
    expect(Object.values(gradientsOf(model)).every((norm) => norm > 0)).toBe(true);
  });

  it('refuses a model that takes something else', () => {
    expect(() => inSequence([features(left), right])).toThrow(/takes inputs of shape \[4\], but .* gives 5 outputs/);
  });
});

describe('skipping', () => {
  it.each(['right/dense0/preactivation', 'right/dense1', 'right/head/preactivation'])(
    'changes nothing at first, and then adds U g at %s',
    (into) => {
      const model = skipping(right, { from: features(left), into });
      expect(outputsOf(model)).toEqual(outputsOf(right));
      const used = (own: NamedTensorMap): NamedTensorMap => ({ ...own, [`skip/${into}/kernel`]: tf.onesLike(own[`skip/${into}/kernel`]!) });
      expect(outputsOf(model, used)).not.toEqual(outputsOf(right));
      if (into.includes('head')) {
        const expected = tidied(() => {
          const own = initialParameters(model, 1);
          return plain(tf.add(right.apply(own, rows()).outputs, tf.sum(features(left).apply(own, rows()).outputs, 1, true))) as number[][];
        });
        expectNear(outputsOf(model, used) as number[][], expected);
      }
      expect(gradientsOf(model)[`skip/${into}/kernel`]).toBeGreaterThan(0);
    },
  );

  it('leads into every place of a convolution', () => {
    const image = cnn({ inputs: [2, 2, 1], filters: [2], hidden: 4, outputs: 3 });
    const flat: Model = {
      ...features(left),
      inputs: [2, 2, 1],
      apply: (own, x, options) => features(left).apply(own, tf.reshape(x as tf.Tensor, [-1, 4]), options),
    };
    const model = skipping(image, { from: flat, into: 'conv0/preactivation' });
    const moved = tidied(() => {
      const own = initialParameters(model, 1);
      let before: tf.Tensor | undefined;
      const at = (site: { name: string }, value: tf.Tensor) => {
        if (site.name === 'conv0/preactivation') before = value;
        return value;
      };
      const x = tf.randomNormal([3, 2, 2, 1], 0, 1, 'float32', 1);
      model.apply(own, x, { at });
      const first = before!;
      model.apply({ ...own, 'skip/conv0/preactivation/kernel': tf.ones([5, 2]) }, x, { at });
      return plain(tf.sub(before!, first)) as number[][][][];
    });
    for (const image of moved) expect(new Set(image.flat(2).map((value) => value.toFixed(4))).size).toBe(1);
  });

  it('gives its matrix columns for new outputs where it leads into the classifier', () => {
    const model = skipping(right, { from: features(left), into: 'right/head/preactivation' });
    expect(model.parameters['skip/right/head/preactivation/kernel']!.role).toBe('head');
    expect(model.grow!(2).parameters['skip/right/head/preactivation/kernel']!.shape).toEqual([5, 5]);
  });

  it('refuses a site that is not there, and says which are', () => {
    expect(() => skipping(right, { from: left, into: 'nowhere' })).toThrow(/has no site 'nowhere'. It has: right\/dense0\/input/);
  });
});

describe('answering', () => {
  it('leaves the outputs of its classes as they are, and the others no probability', () => {
    const [all, own] = [outputsOf(left), outputsOf(answering(left, [0, 2]))] as [number[][], number[][]];
    for (const [i, row] of own.entries()) {
      expect([row[0], row[2]]).toEqual([all[i]![0], all[i]![2]]);
      expect(softmax(row)[1]).toBe(0);
    }
  });

  it('keeps voters to what they know: the surest on its own classes wins', () => {
    const experts = [fixed('a', [[3, 0, 9, 9]]), fixed('b', [[9, 9, 0, 1]])];
    const scores = tidied(() => {
      const model = voting([answering(experts[0]!.model, [0, 1]), answering(experts[1]!.model, [2, 3])]);
      return plain(model.apply({ ...experts[0]!.parameters, ...experts[1]!.parameters }, tf.zeros([1, 1])).outputs) as number[][];
    });
    // softmax(3, 0) = 0.953 against softmax(0, 1) = 0.731.
    expect(winners(scores)).toEqual([0]);
    tf.dispose(experts.map(({ parameters }) => parameters));
  });
});

describe('names', () => {
  it('of two models must differ, unless they are the same one, which then has its parameters once', () => {
    const two = () => mlp({ inputs: 4, hidden: [3], outputs: 2 });
    expect(() => concatenated([two(), two()])).toThrow("two models have a parameter 'dense0/kernel' of their own");
    const same = two();
    expect(Object.keys(voting([same, same]).parameters)).toEqual(Object.keys(same.parameters));
  });

  it('with a prefix keep sites and parameters together', () => {
    const site = left.sites.find(({ name }) => name === 'left/dense1/input')!;
    expect(site.feeds).toEqual(['left/dense1/kernel']);
    expect(outputsOf(prefixed('outer', left), (own) => own)).toHaveLength(8);
  });
});

it('still drops no units in training', () => {
  const dropping = net('dropping', { dropout: 0.5 });
  const seed = tf.tensor1d([1, 2], 'int32');
  const training = { training: true, seed };
  expect(outputsOf(dropping, undefined, training)).not.toEqual(outputsOf(dropping));
  expect(outputsOf(still(dropping), undefined, training)).toEqual(outputsOf(dropping));
  // Two members that learn together drop units of their own.
  const twice = outputsOf(concatenated([dropping, dropping]), undefined, training) as number[][];
  expect(twice.map((row) => row.slice(0, 3))).not.toEqual(twice.map((row) => row.slice(3)));
  seed.dispose();
});

it('joins can be mixed: a vote of a sequence and a network that skips, learned at once', () => {
  const base = features(left);
  const sequence = inSequence([base, prefixed('next', mlp({ inputs: 5, hidden: [4], outputs: 3 }))]);
  const model = voting([sequence, skipping(right, { from: base, into: 'right/head/preactivation' })]);
  expect(model.outputs).toBe(3);
  expect(Object.keys(model.parameters).filter((name) => name.startsWith('left/'))).toHaveLength(4);
  expect(Object.values(gradientsOf(model)).every((norm) => norm > 0)).toBe(true);
});
