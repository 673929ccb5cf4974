import { type GraphContext, type Site, valueAndGradients } from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { useCpu } from '../../../testing/places.js';
import { plain, tidied } from '../../../testing/watched.js';
import { contrast, contrastWithKnown } from '../src/das-contrast.js';
import { gateCount, gateSites } from '../src/das-gates.js';
import { representationSite, representations } from '../src/das-representation.js';
import { someParameters, tinyEncoder, tinyGpt } from './tiny-transformer.js';

beforeAll(useCpu);

const draw = (seed: number, rows = 5): Tensor2D => tf.randomNormal([rows, 4], 0, 1, 'float32', seed) as Tensor2D;
const all = (rows = 5) => tf.ones([rows]) as Tensor1D;
const numberOf = (make: () => Tensor): number => tidied(() => plain(make()) as number);

describe('the contrastive loss', () => {
  it('of views that are the same is what is left to the negatives', () => {
    // Three rows at right angles: cosine 1 with oneself, 0 with the others, and known representations opposite to all.
    const loss = numberOf(() => {
      const views = tf.eye(3) as Tensor2D;
      return contrast(views, views, tf.neg(tf.ones([3, 3])) as Tensor2D, all(3), 1);
    });
    const known = 3 * Math.exp(-1 / Math.sqrt(3));
    expect(loss).toBeCloseTo(Math.log(Math.E + 2 + known) - 1, 5);
  });

  it('does not depend on the order of rows, and does on who belongs to whom', () => {
    const lossOf = (order: readonly number[], of: 'all' | 'second') =>
      numberOf(() => {
        const moved = (rows: Tensor2D) => tf.gather(rows, tf.tensor1d([...order], 'int32'));
        const [first, second, third] = [1, 2, 3].map((seed) => draw(seed)) as [Tensor2D, Tensor2D, Tensor2D];
        return of === 'all'
          ? contrast(moved(first), moved(second), moved(third), all(), 0.05)
          : contrast(first, moved(second), third, all(), 0.05);
      });
    const loss = lossOf([0, 1, 2, 3, 4], 'all');
    expect(lossOf([3, 0, 4, 1, 2], 'all')).toBeCloseTo(loss, 4);
    expect(Math.abs(lossOf([3, 0, 4, 1, 2], 'second') - loss)).toBeGreaterThan(0.5);
  });

  it('does not see rows of padding, in what it is and in how it changes', () => {
    const found = (rows: number) =>
      tidied(() => {
        // A row of padding may be all zeros.
        const views = Object.fromEntries(
          ['first', 'second', 'third'].map((name, i) => [name, tf.concat([draw(i + 1, 3), tf.zeros([rows - 3, 4])])]),
        );
        const weight = tf.concat([all(3), tf.zeros([rows - 3])]) as Tensor1D;
        const { loss, gradients } = valueAndGradients(
          (at) => ({ loss: contrast(at.first as Tensor2D, at.second as Tensor2D, at.third as Tensor2D, weight, 0.05), aux: null }),
          views,
        );
        return plain({ loss, ...gradients }) as { readonly loss: number; readonly [name: string]: unknown };
      });
    const [without, withPadding] = [found(3), found(5)];
    const padded = (values: unknown) => [...(values as number[][]), [0, 0, 0, 0], [0, 0, 0, 0]];
    expectClose(withPadding, {
      loss: without.loss,
      ...Object.fromEntries(['first', 'second', 'third'].map((name) => [name, padded(without[name])])),
    });
  });
});

/** A context whose passes have no dropout, and keep what they were asked. */
function contextOf(model: ReturnType<typeof tinyEncoder>, parameters: NamedTensorMap) {
  type At = (site: Site, value: Tensor) => Tensor;
  return {
    model,
    forward: (x: never, _parameters: unknown, { at }: { readonly at: At }) => model.apply(parameters, x, { at }).outputs,
  } as unknown as GraphContext;
}

describe('representations', () => {
  it.each([
    { model: tinyEncoder(0), at: 'layer1' },
    { model: tinyGpt(0), at: 'features' },
  ])('are the last hidden states, normalised where the network does so: $model.name', ({ model, at }) => {
    const [found, hidden] = tidied(() => {
      const parameters = someParameters(model);
      const x = { ids: tf.tensor2d([[1, 2, 3]], [1, 3], 'int32') };
      return [representations(contextOf(model, parameters), x, 1), model.hidden(parameters, x)].map(plain);
    });
    expect(found).toEqual(hidden);
    expect(representationSite(model).name).toBe(at);
  });

  it('are drawn away from what the gated network makes of the same rows, whatever stands in padding', () => {
    const model = tinyEncoder(0);
    const lossOf = (gate: number, behind: number) =>
      numberOf(() => {
        const x = {
          ids: tf.tensor2d([1, 2, 3, behind, 4, 5, 6, 7], [2, 4], 'int32'),
          mask: tf.tensor2d([1, 1, 1, 0, 1, 1, 1, 1], [2, 4], 'int32'),
        };
        const importance = Object.fromEntries(gateSites(model).map((site) => [site.name, tf.fill([gateCount(site)], gate)]));
        const batch = { x, y: tf.zeros([2]), weight: all(2), competing: null, extra: {} };
        return contrastWithKnown(contextOf(model, someParameters(model)), batch, importance, 1);
      });
    // Gates of 1: what is known is what there is, so each row is its own negative.
    const same = lossOf(1, 0);
    expect(same).toBeGreaterThan(Math.log(2));
    expect(lossOf(0.1, 0)).toBeLessThan(same);
    expect(lossOf(1, 9)).toBeCloseTo(same, 5);
  });
});
