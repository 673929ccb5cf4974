import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../../testing/golden.js';
import { places, useCpu } from '../../../../testing/places.js';
import * as ops from '../../src/ops/index.js';

const x = () => tf.tensor3d([0.3, -1.2, 2.1, 0.4, 0.9, -0.7, 1.5, 0.2, -2.2, 0.1, 0.6, -0.4], [2, 2, 3]);
const scale = () => tf.tensor1d([1.5, 0.5, -1]);
const offset = () => tf.tensor1d([0.1, -0.2, 0.3]);

/** What the ops are, of primitives. */
const plainLayerNorm = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) => {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5))), scale), offset);
};
const plainRmsNorm = (x: tf.Tensor, scale: tf.Tensor) => tf.mul(tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-5))), scale);
const plainGelu = (x: tf.Tensor) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1));
const plainGeluTanh = (x: tf.Tensor) =>
  tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.mul(x, tf.mul(x, x)))))), 1));

type Op = (...tensors: tf.Tensor[]) => tf.Tensor;
const cases: readonly (readonly [string, Op, Op, () => tf.Tensor[]])[] = [
  [
    'layerNorm',
    (x, s, o) => ops.layerNorm(x!, s as tf.Tensor1D, o as tf.Tensor1D, 1e-5),
    plainLayerNorm as Op,
    () => [x(), scale(), offset()],
  ],
  ['rmsNorm', (x, s) => ops.rmsNorm(x!, s as tf.Tensor1D, 1e-5), plainRmsNorm as Op, () => [x(), scale()]],
  ['gelu', (x) => ops.gelu(x!), plainGelu as Op, () => [x()]],
  ['geluTanh', (x) => ops.geluTanh(x!), plainGeluTanh as Op, () => [x()]],
];

for (const place of await places()) {
  describe(place.name, () => {
    beforeAll(() => place.use());
    afterAll(useCpu);

    it.each(cases)('%s has the values and gradients of the primitives', (_, op, plain, inputs) => {
      // A loss in which each element has a slope of its own.
      const loss =
        (f: Op) =>
        (...tensors: tf.Tensor[]) => {
          const y = f(...tensors);
          return tf.sum(tf.mul(tf.sin(y), tf.reshape(tf.range(1, y.size + 1), y.shape))) as tf.Scalar;
        };
      tf.tidy(() => {
        expectClose(op(...inputs()).dataSync(), plain(...inputs()).dataSync(), { abs: 1e-6, rel: 1e-6 });
        const [own, theirs] = [op, plain].map((f) => tf.grads(loss(f))(inputs()));
        own!.forEach((gradient, i) => {
          expectClose(gradient.dataSync(), theirs![i]!.dataSync(), { abs: 2e-5, rel: 2e-5 }, `gradient by input ${i}`);
        });
      });
    });

    // Against differences: what tfjs itself makes of a second derivative through tanh is wrong.
    it.each(cases)('the gradient of %s has a gradient', (_, op, _plain, inputs) => {
      const [value, ...rest] = inputs();
      const steepness = (x: tf.Tensor): tf.Scalar => tf.sum(tf.square(tf.grad((z: tf.Tensor) => tf.sum(tf.square(op(z, ...rest))))(x)));
      tf.tidy(() => {
        const found = tf.grad(steepness)(value!).dataSync();
        const h = 1e-2;
        found.forEach((slope, i) => {
          const shift = tf.reshape(tf.mul(tf.cast(tf.oneHot(tf.scalar(i, 'int32'), value!.size), 'float32'), h), value!.shape);
          const rise = tf.sub(steepness(tf.add(value!, shift)), steepness(tf.sub(value!, shift))).dataSync()[0]!;
          expectClose(slope, rise / (2 * h), { abs: 1e-2, rel: 1e-2 }, `element ${i}`);
        });
      });
    });
  });
}

it('keeps a row without variance finite', () => {
  const y = ops.layerNorm(tf.ones([1, 3]), scale(), offset(), 1e-12);
  expect([...y.dataSync()]).toEqual([...offset().dataSync()]);
});
