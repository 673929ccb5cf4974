import { map, zip } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../../testing/places.js';
import { tidied } from '../../../../testing/watched.js';
import { addDifference, checkOrigin, dare, difference, lowRank, mapTokens, originOf, overlap, ties } from '../../src/index.js';
import { expectNear, one, parametersOf, tiny, valuesOf } from './support.js';

beforeAll(useCpu);

const [base, chat, moved] = [1, 2, 3].map((seed) => () => parametersOf(seed)) as [Make, Make, Make];
type Make = () => ReturnType<typeof parametersOf>;

describe('a difference', () => {
  it.each([undefined, null, 5, [1], { w: 3 }])('of %o, which is no tensors by name, is refused in words', async (odd) => {
    const none = odd as unknown as ReturnType<Make>;
    const given = expect.objectContaining({ code: 'CL_OPTION', message: expect.stringContaining('expected tensors by name') });
    tf.tidy(() => {
      expect(() => difference(none, base())).toThrow(given);
      expect(() => difference(base(), none)).toThrow(given);
      expect(() => addDifference(none, base())).toThrow(given);
      expect(() => ties([none])).toThrow(given);
      expect(() => dare(none, { drop: 0.5, seed: 1 })).toThrow(given);
      expect(() => lowRank(none)).toThrow(given);
      expect(() => mapTokens(none, { from: ['a'], to: ['a'], axes: {} })).toThrow(given);
    });
    await expect(originOf(none)).rejects.toEqual(given);
    expect(() => ties(5 as unknown as [])).toThrow(/must be a list/);
  });

  it('added to its base gives what it is the difference of; nothing of it, the base, bit for bit', () => {
    const delta = () => difference(chat(), base());
    expectNear(
      valuesOf(() => addDifference(base(), delta())),
      valuesOf(chat),
    );
    expect(valuesOf(() => addDifference(base(), delta(), { scale: 0 }))).toEqual(valuesOf(base));
    expectNear(
      valuesOf(() => addDifference(chat(), delta(), { scale: -1 })),
      valuesOf(base),
    );
  });

  it('is linear in its scale: what ρ₁ and ρ₂ add, ρ₁ + ρ₂ adds', () => {
    const added = (scale: number) => () => difference(addDifference(moved(), difference(chat(), base()), { scale }), moved());
    expectNear(
      valuesOf(() => zip(tf.add, added(0.3)(), added(0.45)())),
      valuesOf(added(0.75)),
      1e-5,
    );
  });

  it('is of all parameters, norms and biases too, and of a table that is embedding and last kernel once', () => {
    const delta = valuesOf(() => difference(chat(), base()));
    expect(Object.keys(delta)).toEqual(Object.keys(tiny.parameters));
    expect(Object.keys(delta)).not.toContain('head/kernel');
    // So what the model says with base + Δ is what it says after training, through both uses of the table.
    const ids = () => tf.tensor2d([[1, 2, 3, 4, 5]], [1, 5], 'int32');
    const off = tidied(() => {
      const [said, trained] = [addDifference(base(), difference(chat(), base())), chat()].map(
        (parameters) => tiny.apply(parameters, { ids: ids() }).outputs,
      );
      return tf.max(tf.abs(tf.sub(said!, trained!))).dataSync()[0]!;
    });
    expect(off).toBeLessThan(1e-5);
  });

  it('lets gradients through, so that a base can learn beneath it', () => {
    const gradient = tidied(() => {
      const loss = (w: tf.Tensor) => tf.sum(tf.square(addDifference({ w }, one([1, 2]), { scale: 0.5 }).w!)) as tf.Scalar;
      return [
        ...tf
          .grad(loss)(tf.tensor1d([3, -4]))
          .dataSync(),
      ];
    });
    // 2 (θ + Δ / 2)
    expect(gradient).toEqual([7, -6]);
  });

  it('leaves parameters that it does not have as they are', () => {
    expect(valuesOf(() => addDifference({ w: tf.tensor1d([1]), skip: tf.tensor1d([5]) }, one([2])))).toEqual({ w: [3], skip: [5] });
  });

  it('is refused between models of other parameters or shapes, and where it has what is not there', () => {
    const refusal = (f: () => unknown) => () => tidied(() => void f());
    expect(refusal(() => difference(one([1, 2]), { v: tf.tensor1d([1]) }))).toThrow(/the first have no 'w'/);
    expect(refusal(() => difference({}, one([1, 2])))).toThrow(/the second have no 'w'/);
    expect(refusal(() => difference(one([1, 2]), one([1])))).toThrow(/'w' of shape \[1\], not \[2\].*mapTokens/);
    expect(refusal(() => addDifference({}, one([1])))).toThrow(/the parameters have no 'w'/);
    expect(refusal(() => addDifference(one([1]), one([1]), { scale: Number.NaN }))).toThrow(/scale must be a number/);
  });
});

describe('what a difference comes from', () => {
  const tokens = ['a', 'b', 'c'];
  const origins = async () => {
    const [first, other] = [base(), moved()];
    const found = [await originOf(first, { tokens }), await originOf(other, { tokens }), await originOf(first)] as const;
    tf.dispose([...Object.values(first), ...Object.values(other)]);
    return found;
  };

  it('is its base, and the same base has the same origin', async () => {
    const [first] = await origins();
    const [again] = await origins();
    expect(first).toEqual(again);
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    expect(() => checkOrigin({ difference: first, parameters: again })).not.toThrow();
  });

  it('is refused where the parameters come from another', async () => {
    const [first, other] = await origins();
    expect(() => checkOrigin({ difference: first, parameters: other })).toThrow(/taken from another base/);
    expect(() => checkOrigin({ difference: undefined as never, parameters: other })).toThrow(
      /where the difference comes from is not known/,
    );
  });

  it('has tokens: added, exchanged or unknown ones are a change', async () => {
    const [first, , without] = await origins();
    const now = (changed: readonly string[]) => () => checkOrigin({ difference: first, parameters: { ...first, tokens: changed } });
    expect(now(['a', 'b', 'c', 'd'])).toThrow(/had 3 tokens and has 4/);
    expect(now(['a', 'c', 'b'])).toThrow(/token 1 was 'b' and is 'c'/);
    expect(now(['a', 'b'])).toThrow(/token 2 was 'c' and is gone/);
    expect(() => checkOrigin({ difference: without, parameters: first })).toThrow(/only one of them has one/);
  });
});

describe('after a change of the vocabulary', () => {
  it('rows go to their tokens, new tokens get zeros, and what is gone is dropped; in columns too', () => {
    const moved = valuesOf(() =>
      mapTokens(
        {
          'embedding/words': tf.tensor2d([
            [1, 10],
            [2, 20],
            [3, 30],
          ]),
          'head/kernel': tf.tensor2d([
            [1, 2, 3],
            [4, 5, 6],
          ]),
          'head/bias': tf.tensor1d([7, 8, 9]),
          'norm/scale': tf.tensor1d([1, 1]),
        },
        { from: ['a', 'b', 'c'], to: ['c', 'new', 'a', '!'] },
      ),
    );
    expect(moved).toEqual({
      'embedding/words': [
        [3, 30],
        [0, 0],
        [1, 10],
        [0, 0],
      ],
      'head/kernel': [
        [3, 0, 1, 0],
        [6, 0, 4, 0],
      ],
      'head/bias': [9, 0, 7, 0],
      'norm/scale': [1, 1],
    });
  });

  it('refuses a table that has not a row for each token, and vocabularies that are none', () => {
    expect(() => mapTokens({}, { to: ['a'] } as never)).toThrow(/mapTokens\({ from: undefined }\): from must be a list/);
    expect(() => tidied(() => void mapTokens({ table: tf.zeros([2, 3]) }, { from: ['a'], to: ['a'], axes: { table: 0 } }))).toThrow(
      /'table' has shape \[2,3\], which on axis 0 is not the 1 tokens/,
    );
  });
});

describe('the overlap of two differences', () => {
  it('is a cosine with both lengths, in all and by layer', () => {
    const found = tidied(() =>
      overlap(
        { 'layer0/kernel': tf.tensor2d([[3, 0]]), 'layer0/bias': tf.tensor1d([0]), 'layer1/kernel': tf.tensor1d([4]) },
        { 'layer0/kernel': tf.tensor2d([[0, 2]]), 'layer0/bias': tf.tensor1d([0]), 'layer1/kernel': tf.tensor1d([-1]) },
      ),
    );
    expect(found.layers).toEqual({ layer0: { cosine: 0, norms: [3, 2] }, layer1: { cosine: -1, norms: [4, 1] } });
    expect(found.norms).toEqual([5, Math.sqrt(5)]);
    expect(found.cosine).toBeCloseTo(-4 / (5 * Math.sqrt(5)), 12);
  });

  it('is 1 with itself, −1 with its reverse, and 0 with nothing', () => {
    const cosineWith = (f: (x: tf.Tensor) => tf.Tensor) =>
      tidied(() => {
        const delta = difference(chat(), base());
        return overlap(delta, map(f, delta)).cosine;
      });
    expect(cosineWith(tf.clone)).toBeCloseTo(1, 10);
    expect(cosineWith(tf.neg)).toBeCloseTo(-1, 10);
    expect(cosineWith(tf.zerosLike)).toBe(0);
  });

  it('makes no tensor', () => {
    const [a, b] = [base(), chat()];
    const before = tf.memory().numTensors;
    overlap(a, b);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([...Object.values(a), ...Object.values(b)]);
  });
});
